"""Lists of tokens are the same in every mode, at predict, in every protocol, and in every signature of the SavedModel.

What is expected is computed here in plain Python, token by token, from the vocabularies of the dataset.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from tests.conftest import MakeDataset
from tests.forms import FORMS
from tests.modeling.trained import run
from tests.parity.ways import EXAMPLES, any_rows, split_of_rows, training_inputs

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset
from contracts.messages.networks import Linear
from contracts.schema import SPLIT_NAMES
from contracts.storage import Storage
from modeling.decoding.raw_fields import Fields
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.layers.token_hash import token_hash
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.protocols import csv_body
from modeling.protocols.tensorflow_predict import read
from modeling.repository.versions import read_manifest
from modeling.serving.load_saved_model import load

MOST = 6
FEATURES: dict[str, dict[str, Any]] = {
    "price": {"kind": "numeric"},
    "tags": {"kind": "categorical", "oov_buckets": 3, "min_count": 2, "many": {"max": MOST, "combine": "mean"}},
    "shop": {"kind": "categorical"},
    "seen": {"kind": "hashed", "buckets": 40, "many": {"separator": ", ", "max": MOST, "combine": "sqrtn"}},
}
TOKENS = ["red", "blue", "ü", "", "[]", "NA", "a,", " ", "1.0", "x" * 40, None]
LISTS = [None, [], ["red"], ["red", "blue"], ["blue", "red", "red"], [None], [""], ["", ""], ["[]"], ["x", ""], ["NA"]]
Tokens = Sequence[str | None] | None
Row = tuple[float | None, Tokens, str, Tokens]
COLUMNS = ("price", "tags", "shop", "seen")
SEPARATORS = {"tags": "|", "seen": ", "}


def lists(separator: str) -> st.SearchStrategy[Tokens]:
    token = st.one_of(
        st.sampled_from(TOKENS),
        st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=3).filter(
            lambda text: separator not in text
        ),
    )
    return st.one_of(st.sampled_from(LISTS), st.lists(token, max_size=MOST))


ROWS = st.lists(
    st.tuples(st.sampled_from([1.0, None, -2.5]), lists("|"), st.sampled_from(["a", "b", ""]), lists(", ")),
    min_size=40,
    max_size=80,
)


def text_of(tokens: Tokens, separator: str) -> str:
    """The text of a list, with a separator after each token."""
    if tokens is None:
        return ""
    return "".join((token or "") + separator for token in tokens) if tokens else "[]"


def ids_of(tokens: Tokens, name: str, dataset: Dataset) -> list[int]:
    if tokens is None:
        return [1] + [0] * (MOST - 1)
    feature: Any = dataset.schema.features[name]
    buckets = feature.buckets if feature.kind == "hashed" else feature.oov_buckets
    known: dict[bytes, int] = {}
    if feature.kind == "categorical":
        known = {token: i for i, token in enumerate(dataset.vocabulary(name).tokens.to_pylist())}
    ids: list[int] = []
    for token in tokens:
        raw = (token or "").encode()
        hashed = 1 + int(token_hash(tf.constant([[raw]]), [buckets])[0, 0])
        ids.append(1 + (feature.first_token_id + known[raw] if raw in known else hashed))
    return ids + [0] * (MOST - len(ids))


def inputs_of(dataset: Dataset, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    prices = [row[0] for row in rows]
    fill = dataset.statistics().numeric("price").mean
    assert fill is not None
    numbers = np.array([[fill if price is None else price] for price in prices])
    shops = {b"": 0, **{token: 2 + i for i, token in enumerate(dataset.vocabulary("shop").tokens.to_pylist())}}
    ids = [
        [shops.get(shop.encode(), 1), *ids_of(tags, "tags", dataset), *ids_of(seen, "seen", dataset)]
        for _, tags, shop, seen in rows
    ]
    return numbers, np.array(ids)


def csv_of(rows: list[Row], *, with_label: bool = True) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(("y", "id") if with_label else ()), *COLUMNS])
    for i, (price, tags, shop, seen) in enumerate(rows):
        cells = ["" if price is None else price, text_of(tags, "|"), shop, text_of(seen, ", ")]
        writer.writerow([*((i % 2, f"row-{i}") if with_label else ()), *cells])
    return out.getvalue()


def json_of(rows: list[Row]) -> str:
    objects = [{"y": i % 2, "id": f"row-{i}", **dict(zip(COLUMNS, row, strict=True))} for i, row in enumerate(rows)]
    return "".join(json.dumps(row) + "\n" for row in objects)


def make_all(
    make_dataset: MakeDataset, rows: list[Row], tag: str, parts: int, forms: Any = FORMS
) -> dict[Any, Dataset]:
    made: dict[Any, Dataset] = {}
    for place, form in enumerate(forms):
        # Arrays of JSON lines, or text of CSV files: the same datasets.
        name = f"lists-{tag}-{'-'.join(form)}"
        source = {"format": "jsonl", "uris": [f"{name}.jsonl"]} if place % 2 else {}
        made[form] = make_dataset(
            json_of(rows) if place % 2 else csv_of(rows),
            name=name,
            label={"column": "y"},
            source=source,
            features=FEATURES,
            remaining="exclude",
            split_key=["id"],
            records=form[0],
            layout=form[1],
            partitions=parts,
        )
    return made


def example(row: Row) -> bytes:
    """The row as a serialized tf.train.Example, a list's tokens as the values of one feature."""
    price, tags, shop, seen = row
    features: dict[str, Any] = {}
    if price is not None:
        features["price"] = tf.train.Feature(float_list=tf.train.FloatList(value=[price]))
    for name, tokens in (("tags", tags), ("shop", [shop]), ("seen", seen)):
        if tokens is None:
            continue
        values = [(token or "").encode() for token in tokens]
        if name in SEPARATORS and len(tokens) < 2:
            values = [text_of(tokens, SEPARATORS[name]).encode()]
        features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def equal(got: Any, wanted: tuple[np.ndarray, np.ndarray], what: str) -> None:
    np.testing.assert_array_equal(got[1], wanted[1], what)
    assert got[0].shape[0] == len(wanted[0])


def check(make_dataset: MakeDataset, rows: list[Row], folder: Path, roots: list[str], tag: str, parts: int) -> Dataset:
    made = make_all(make_dataset, rows, tag, parts)
    first = made["none", "columns"]
    wanted = inputs_of(first, rows)
    codes = split_of_rows(first)
    for mode, dataset in made.items():
        assert dataset.statistics().reproducible() == first.statistics().reproducible()
        for split, got in training_inputs(dataset, roots).items():
            here = codes == SPLIT_NAMES.index(split) + 1
            equal(got, (wanted[0][here], wanted[1][here]), f"{mode} {split}")

    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    inputs = Inputs(model_inputs.number_width, model_inputs.named_sizes, bags=first.schema.bags)
    network = build_network(Linear(kind="linear"), inputs)
    export(first.schema, model_inputs, network, Target.of(first), folder)
    loaded: Any = tf.saved_model.load(str(folder))
    fields = Fields.of(first.schema)
    body = csv_of(rows, with_label=False) if _is_flat(rows) else None
    instances: list[dict[str, Any]] = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    ways = {
        "JSON rows": read({"instances": instances}, fields),
        "JSON columns": read({"inputs": {name: [row[name] for row in instances] for name in COLUMNS}}, fields),
        "JSON text": read(
            {
                "instances": [
                    {**row, **{name: text_of(row[name], mark) for name, mark in SEPARATORS.items()}}
                    for row in instances
                ]
            },
            fields,
        ),
    }
    if body is not None:
        ways["CSV"] = csv_body.read_csv(body.encode(), list(first.schema.raw_types), fields, has_header=True)
    for way, values in ways.items():
        answered = loaded.packed_transform(tf.constant(values.numeric), tf.constant(values.tokens, tf.string))
        equal((answered["numeric"], answered["categorical"]), wanted, way)
    asked = ways["JSON rows"]
    answers = loaded.signatures["examples"](tf.constant([example(row) for row in rows]))
    packed = loaded.packed(tf.constant(asked.numeric), tf.constant(asked.tokens, tf.string))
    np.testing.assert_array_equal(answers["predictions"], packed["predictions"])
    named = dict(zip(fields.numeric_at, map(tf.constant, asked.numeric.T), strict=True)) | dict(
        zip(fields.categorical_at, [tf.constant(column.tolist(), tf.string) for column in asked.tokens.T], strict=True)
    )
    answered = loaded.signatures["transform"](**named)
    equal((answered["numeric"], answered["categorical"]), wanted, "transform")
    return first


def _is_flat(rows: list[Row]) -> bool:
    """Whether no cell has a line break."""
    return not set("\n\v\f\x1c\x1d\x1e\x85\u2028\u2029") & set(
        "".join(text_of(row[1], "|") + text_of(row[3], ", ") for row in rows)
    )


@pytest.fixture
def roots(sources: Path) -> list[str]:
    return [str(sources)]


def nasty_rows(size: int) -> list[Row]:
    prices = [1.0, None, 3.5]
    return [
        (prices[i % 3], LISTS[i % len(LISTS)], "ab"[i % 2], LISTS[(i * 3 + i // len(LISTS)) % len(LISTS)])  # pyright: ignore[reportReturnType]
        for i in range(size)
    ]


def test_nasty_lists_are_alike_everywhere(make_dataset: MakeDataset, tmp_path: Path, roots: list[str]) -> None:
    dataset = check(make_dataset, nasty_rows(150), tmp_path / "model", roots, "nasty", parts=3)
    train = dataset.statistics().categorical("tags")
    rows = [row[1] for row, code in zip(nasty_rows(150), split_of_rows(dataset), strict=True) if code == 1]
    there = [row for row in rows if row is not None]
    assert train.lists is not None
    assert train.lists.count == len(there)
    assert train.missing == len(rows) - len(there)
    assert train.lists.empty == there.count([])
    assert train.lists.tokens == sum(map(len, there))
    assert train.lists.longest == max(map(len, there))
    assert train.count == sum(bool(token) for row in there for token in row)
    assert train.rows == len(rows)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_any_lists_are_alike(make_dataset: MakeDataset, tmp_path: Path, roots: list[str], examples: int) -> None:
    number = count(examples)  # names of datasets are given once

    @any_rows(examples, rows=ROWS, parts=st.integers(1, 4))
    def check_them(rows: list[Row], parts: int) -> None:
        tag = f"any-{next(number)}"
        check(make_dataset, rows, tmp_path / tag, roots, tag, parts)

    check_them()


def test_expressions_read_lists(make_dataset: MakeDataset, tmp_path: Path, roots: list[str]) -> None:
    tags: list[Tokens] = [["red", "blue"], ["blue"], [], None, ["red", None], [None, "blue"]] * 20
    text = "".join(json.dumps({"y": i % 2, "id": i, "tags": row}) + "\n" for i, row in enumerate(tags))
    made = {
        records: make_dataset(
            text,
            name=f"lists-read-{records}",
            label={"column": "y"},
            source={"format": "jsonl", "uris": [f"lists-read-{records}.jsonl"]},
            derive={"count": "size(tags)", "last": "element_at(tags, -1)", "red": "array_contains(tags, 'red')"},
            features={
                "tags": {"kind": "categorical", "many": {"max": 3}},
                "count": {"kind": "numeric", "scale": "none", "impute": {"constant": -1}},
                "last": {"kind": "categorical"},
                "red": {"kind": "categorical"},
            },
            remaining="exclude",
            splits={"train": 1.0},
            split_key=["id"],
            records=records,
        )
        for records in ("raw", "transformed", "none")
    }
    first = made["raw"]
    wanted = {
        "count": [2, 1, 0, -1, 2, 2],
        "last": [b"blue", b"blue", None, None, None, b"blue"],
        "red": [b"true", b"false", b"false", None, b"true", None],
    }
    assert first.statistics().categorical("last").missing == 60
    known = {
        name: {t: 2 + i for i, t in enumerate(first.vocabulary(name).tokens.to_pylist())} for name in ("last", "red")
    }
    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    columns = [first.schema.id_columns[name][0] for name in known]
    expected = np.array([[0 if t is None else known[name][t] for t in wanted[name]] for name in known]).T
    values = read({"instances": [{"tags": row} for row in tags[:6]]}, Fields.of(first.schema))
    inputs = Inputs(model_inputs.number_width, model_inputs.named_sizes, bags=first.schema.bags)
    export(
        first.schema, model_inputs, build_network(Linear(kind="linear"), inputs), Target.of(first), tmp_path / "read"
    )
    loaded: Any = tf.saved_model.load(str(tmp_path / "read"))
    answered = loaded.packed_transform(tf.constant(values.numeric), tf.constant(values.tokens, tf.string))
    np.testing.assert_array_equal(answered["categorical"].numpy()[:, columns], expected)
    np.testing.assert_array_equal(answered["numeric"].numpy()[:, 0], wanted["count"])
    for records, dataset in made.items():
        numbers, ids = training_inputs(dataset, roots)["train"]
        np.testing.assert_array_equal(ids[:6, columns], expected, records)
        np.testing.assert_array_equal(numbers[:6, 0], wanted["count"], records)


@pytest.mark.parametrize(
    ("network", "rate"), [({"kind": "dnn", "hidden": [4]}, 0.02), ({"kind": "linear"}, 0.5), ({"kind": "tabm"}, 0.02)]
)
def test_a_model_learns_from_lists(
    make_dataset: MakeDataset, storage: Storage, network: dict[str, Any], rate: float
) -> None:
    random = np.random.default_rng(1)
    words = ["red", "blue", "green", "black", "white", "grey"]
    rows = [[words[i] for i in random.choice(6, random.integers(0, 5), replace=False)] for _ in range(900)]
    text = "y,tags\n" + "".join(f"{int('red' in row)},{text_of(row, '|')}\n" for row in rows)
    answers: list[Any] = []
    for form in (("raw", "packed"), ("transformed", "columns")):
        dataset = make_dataset(
            text,
            label={"column": "y"},
            features={"tags": {"kind": "categorical", "many": {"max": 5, "combine": "sum"}}},
            records=form[0],
            layout=form[1],
            splits={"train": 0.8, "validation": 0.1, "test": 0.1},
        )
        model = f"lists-{network['kind']}-{form[0]}"
        request = {
            "model": model,
            "dataset": dataset.manifest.name,
            "epochs": 30,
            "batch_size": 64,
            "seed": 3,
            "learning_rate": rate,
        }
        result = run(storage, {**request, "network": network}, JobContext.alone(f"train-{model}"))
        assert result["evaluation"]["test"]["auc"] > 0.97
        version = load(storage, read_manifest(storage, model, 1))
        signature = version.signatures["serving_default"]
        given = [{"tags": row} for row in [["red"], ["blue"], [], None, ["red", "blue", "unheard"]]]
        answers.append(signature.call(*read({"instances": given}, signature.fields))["predictions"])
    assert answers[0][0] - answers[0][1] > 0.4
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-3)
