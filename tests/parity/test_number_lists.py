"""Statistics of lists of numbers are the same in every mode, at predict, in every protocol, and in every signature.

What is expected is computed here in plain Python, number by number, in their order.
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
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import MakeDataset
from tests.forms import FORMS
from tests.parity.ways import EXAMPLES, any_rows, split_of_rows, training_inputs

from contracts.dataset.published import Dataset
from contracts.expressions import Expression
from contracts.expressions.nodes.leaves import Column
from contracts.expressions.nodes.lists import ListStatistic
from contracts.input_rules import number_rules
from contracts.messages.networks import Linear
from contracts.schema import SPLIT_NAMES
from modeling.decoding.raw_fields import Fields
from modeling.export.saved_model import export
from modeling.layers.expressions.compile_graph import compile_graph
from modeling.layers.expressions.nullable import Nullable
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.protocols import csv_body
from modeling.protocols.tensorflow_predict import read
from sources.expressions.compile_arrow import compile_arrow

STATISTICS = ("count", "sum", "mean", "min", "max")
FEATURES: dict[str, dict[str, Any]] = {
    "price": {"kind": "numeric", "scale": "none", "indicator": False},
    "x": {
        "kind": "numeric",
        "many": {"separator": "; ", "statistics": list(STATISTICS)},
        "impute": {"constant": -7},
        "scale": "none",
        "indicator": True,
    },
}
Numbers = Sequence[float | None] | None
Row = tuple[float | None, Numbers]
COLUMNS = ("price", "x")
NASTY = [0.1, -0.0, 0.0, 1e-45, 1.1754943508222875e-38, 1e-300, 3.4e38, -3.4e38, 1e39, 16777217.0, 7, -3, None]
LISTS: list[Numbers] = [
    None,
    [],
    [None],
    [None, None],
    [0.1] * 10,
    [3.4e38, 3.4e38, -3.4e38],
    [1e16, 1, -1e16],
    [-0.0],
    [1.1754943508222875e-38, 0],
    [-1.1754943508222875e-38, 0, 0],
    NASTY,
]
LISTED = st.one_of(
    st.sampled_from(LISTS),
    st.lists(
        st.one_of(
            st.sampled_from(NASTY), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**6), 10**6)
        ),
        max_size=9,
    ),
)
ROWS = st.lists(st.tuples(st.sampled_from([1.0, None, -2.5]), LISTED), min_size=40, max_size=80)


def statistics_of(numbers: Numbers) -> list[float | None]:
    """The statistics in their order, None where missing."""
    if numbers is None:
        return [None] * len(STATISTICS)
    with np.errstate(over="ignore"):
        singles = [float(np.float32(0 if abs(x) < 2.0**-126 else x)) for x in numbers if x is not None]
    present = [x + 0.0 for x in singles if np.isfinite(x)]
    if not present:
        return [0, None, None, None, None]
    total = 0.0
    for number in present:
        total += number
    return [len(present), total, total / len(present), min(present), max(present)]


def inputs_of(dataset: Dataset, rows: list[Row]) -> np.ndarray:
    fill = dataset.statistics().numeric("price").mean
    matrix: list[list[float]] = []
    for price, numbers in rows:
        with np.errstate(over="ignore"):
            made = [None if x is None else np.float32(x) for x in statistics_of(numbers)]
        normal = [x if x is None or abs(x) >= 2.0**-126 else 0 * x for x in made]
        known = [None if x is None or not np.isfinite(x) else float(x) for x in normal]
        matrix.append(
            [
                (fill or 0.0) if price is None else price,
                *(-7.0 if x is None else x for x in known),
                *(float(x is None) for x in known),
            ]
        )
    inputs = np.array(matrix).astype(np.float32)
    for place, rule in enumerate(number_rules(dataset.schema, dataset.statistics()).scaled):
        assert rule.bound is not None
        inputs[:, place] = np.clip(inputs[:, place], -np.float32(rule.bound), np.float32(rule.bound))
    return inputs


def text_of(numbers: Numbers) -> str:
    if numbers is None:
        return ""
    return "".join(f"{'' if x is None else repr(x)}; " for x in numbers) if numbers else "[]"


def csv_of(rows: list[Row], *, with_label: bool = True) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(("y", "id") if with_label else ()), *COLUMNS])
    for i, (price, numbers) in enumerate(rows):
        cells = ["" if price is None else price, text_of(numbers)]
        writer.writerow([*((i % 2, f"row-{i}") if with_label else ()), *cells])
    return out.getvalue()


def json_of(rows: list[Row]) -> str:
    objects = [{"y": i % 2, "id": f"row-{i}", **dict(zip(COLUMNS, row, strict=True))} for i, row in enumerate(rows)]
    return "".join(json.dumps(row) + "\n" for row in objects)


def example(row: Row) -> bytes:
    """The row as a serialized tf.train.Example: the list as its text, or its numbers as text each."""
    price, numbers = row
    features: dict[str, Any] = {}
    if price is not None:
        features["price"] = tf.train.Feature(float_list=tf.train.FloatList(value=[price]))
    if numbers is not None:
        each = [b"" if x is None else repr(x).encode() for x in numbers]
        values = each if len(each) > 1 else [text_of(numbers).encode()]
        features["x"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def check(make_dataset: MakeDataset, rows: list[Row], folder: Path, roots: list[str], tag: str, parts: int) -> None:
    made: dict[Any, Dataset] = {}
    for place, form in enumerate(FORMS):
        name = f"number-lists-{tag}-{'-'.join(form)}"
        made[form] = make_dataset(
            json_of(rows) if place % 2 else csv_of(rows),
            name=name,
            label={"column": "y"},
            source={"format": "jsonl", "uris": [f"{name}.jsonl"]} if place % 2 else {},
            features=FEATURES,
            remaining="exclude",
            split_key=["id"],
            records=form[0],
            layout=form[1],
            partitions=parts,
        )
    first = made["none", "columns"]
    wanted = inputs_of(first, rows)
    codes = split_of_rows(first)
    for mode, dataset in made.items():
        assert dataset.schema == first.schema
        assert dataset.statistics().reproducible() == first.statistics().reproducible()
        for split, got in training_inputs(dataset, roots).items():
            here = codes == SPLIT_NAMES.index(split) + 1
            np.testing.assert_array_equal(got[0], wanted[here], f"{mode} {split}")

    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    network = build_network(Linear(kind="linear"), Inputs(model_inputs.number_width, model_inputs.named_sizes))
    export(first.schema, model_inputs, network, Target.of(first), folder)
    loaded: Any = tf.saved_model.load(str(folder))
    fields = Fields.of(first.schema)
    instances: list[dict[str, Any]] = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    body = csv_of(rows, with_label=False).encode()
    ways = {
        "JSON rows": read({"instances": instances}, fields),
        "JSON columns": read({"inputs": {name: [row[name] for row in instances] for name in COLUMNS}}, fields),
        "JSON text": read({"instances": [{**row, "x": text_of(row["x"])} for row in instances]}, fields),
        "CSV": csv_body.read_csv(body, list(first.schema.raw_types), fields, has_header=True),
    }
    for way, values in ways.items():
        answered = loaded.packed_transform(tf.constant(values.numeric), tf.constant(values.tokens, tf.string))
        np.testing.assert_array_equal(answered["numeric"], wanted, way)
    asked = ways["JSON rows"]
    answers = loaded.signatures["examples"](tf.constant([example(row) for row in rows]))
    packed = loaded.packed(tf.constant(asked.numeric), tf.constant(asked.tokens, tf.string))
    np.testing.assert_array_equal(answers["predictions"], packed["predictions"])
    named = {"price": tf.constant(asked.numeric[:, 0]), "x": tf.constant(asked.tokens[:, 0].tolist(), tf.string)}
    answered = loaded.signatures["transform"](**named)
    np.testing.assert_array_equal(answered["numeric"], wanted, "transform")


@pytest.fixture
def roots(sources: Path) -> list[str]:
    return [str(sources)]


def test_nasty_lists_are_alike_everywhere(make_dataset: MakeDataset, tmp_path: Path, roots: list[str]) -> None:
    rows: list[Row] = [([1.0, None, 3.5][i % 3], LISTS[i % len(LISTS)]) for i in range(150)]
    check(make_dataset, rows, tmp_path / "model", roots, "nasty", parts=3)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_any_lists_are_alike(make_dataset: MakeDataset, tmp_path: Path, roots: list[str], examples: int) -> None:
    number = count(examples)  # names of datasets are given once

    @any_rows(examples, rows=ROWS, parts=st.integers(1, 4))
    def check_them(rows: list[Row], parts: int) -> None:
        tag = f"any-{next(number)}"
        check(make_dataset, rows, tmp_path / tag, roots, tag, parts)

    check_them()


TEXTS = st.one_of(
    st.none(),
    LISTED.map(lambda numbers: "".join(f"{'' if x is None else repr(x)}|" for x in numbers) if numbers else "[]"),
    st.lists(
        st.sampled_from([" 1 ", "1e5", ".5", "5.", "+3", "-", "nan", "inf", "x", "[]", "0x1", "1_0", "é", ""])
    ).map("|".join),
)


@settings(max_examples=60)
@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_kernel_and_graph_agree_to_the_last_bit(texts: list[str | None]) -> None:
    given_texts = [None if text is None else text.encode() for text in texts]
    for name in STATISTICS:
        node: Any = ListStatistic(op=f"list_{name}", operand=Column(name="x", type="text"), separator="|")  # pyright: ignore[reportArgumentType]
        expression = Expression(root=node)
        kernel = compile_arrow(expression)({"x": pa.array(given_texts, pa.binary())})
        column = Nullable(
            tf.constant([text or b"" for text in given_texts]), tf.constant([text is not None for text in given_texts])
        )
        graph = compile_graph(expression)({"x": column})
        valid = np.array(kernel.is_valid())
        np.testing.assert_array_equal(graph.valid.numpy(), valid, name)
        ours, theirs = kernel.fill_null(0).to_numpy(), graph.values.numpy()
        assert ours[valid].tobytes() == theirs[valid].tobytes(), name
