"""Vectors are the same in every mode, at predict, in every protocol, and in every signature of the SavedModel.

What is expected is computed here in NumPy from the statistics of the dataset.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from tests.conftest import MakeDataset
from tests.forms import FORMS
from tests.parity.ways import EXAMPLES, REALS, any_rows, is_missing, split_of_rows, training_inputs

from contracts.dataset.published import Dataset
from contracts.input_rules import number_rules
from contracts.messages.networks import Linear
from contracts.schema import SPLIT_NAMES
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import read_columns
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.protocols import csv_body, invocations, json_body, open_inference, tensorflow_classify
from modeling.protocols.tensorflow_predict import read

SIZE = 3
ELEMENTS = [f"v[{place}]" for place in range(SIZE)]
FEATURES: dict[str, dict[str, Any]] = {
    "price": {"kind": "numeric", "scale": "none", "indicator": False},
    "v": {"kind": "numeric", "shape": [SIZE], "impute": {"constant": 2.5}, "scale": "none", "indicator": True},
    "shop": {"kind": "categorical"},
}
Vector = list[float | None] | None
Row = tuple[float | None, Vector, str]
COLUMNS = ("price", "v", "shop")
FINITE = [real for real in REALS if real is None or np.isfinite(np.float64(real))]

VECTORS = st.one_of(
    st.none(),
    st.lists(
        st.one_of(st.sampled_from(FINITE), st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 9)),
        min_size=SIZE,
        max_size=SIZE,
    ),
)
ROWS = st.lists(
    st.tuples(st.sampled_from([1.0, None, -2.5]), VECTORS, st.sampled_from(["a", "b", ""])), min_size=40, max_size=80
)


def elements(vector: Vector) -> list[float | None]:
    return [None] * SIZE if vector is None else vector


def inputs_of(dataset: Dataset, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    fill = dataset.statistics().numeric("price").mean
    matrix: list[list[float]] = []
    for price, vector, _ in rows:
        missing = [is_missing(number) for number in elements(vector)]
        numbers = [2.5 if gone else float(number or 0) for number, gone in zip(elements(vector), missing, strict=True)]
        matrix.append([(fill or 0.0) if price is None else price, *numbers, *map(float, missing)])
    shops = {"": 0, **{token.decode(): 2 + i for i, token in enumerate(dataset.vocabulary("shop").tokens.to_pylist())}}
    with np.errstate(over="ignore"):
        inputs = np.array(matrix).astype(np.float32)
    for place, rule in enumerate(number_rules(dataset.schema, dataset.statistics()).scaled):
        assert rule.bound is not None
        inputs[:, place] = np.clip(inputs[:, place], -np.float32(rule.bound), np.float32(rule.bound))
    return inputs, np.array([[shops.get(row[2], 1)] for row in rows])


def objects(rows: list[Row]) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def json_of(rows: list[Row]) -> str:
    labelled = [{"y": i % 2, "id": f"row-{i}", **row} for i, row in enumerate(objects(rows))]
    return "".join(json.dumps(row) + "\n" for row in labelled)


def csv_of(rows: list[Row], *, with_label: bool = True) -> str:
    lines = [",".join([*(("y", "id") if with_label else ()), "price", *ELEMENTS, "shop"])]
    for i, (price, vector, shop) in enumerate(rows):
        numbers = ["" if number is None else repr(number) for number in [price, *elements(vector)]]
        lines.append(",".join([*((str(i % 2), f"row-{i}") if with_label else ()), *numbers, shop]))
    return "\n".join(lines) + "\n"


def make_all(make_dataset: MakeDataset, rows: list[Row], tag: str, parts: int) -> dict[Any, Dataset]:
    made: dict[Any, Dataset] = {}
    for place, form in enumerate(FORMS):
        # Lists of JSON lines, or flat columns of CSV files: the same datasets.
        name = f"vectors-{tag}-{'-'.join(form)}"
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


def example(row: Row, *, flat: bool) -> bytes:
    """The row as a serialized tf.train.Example: the vector as one feature, or a feature for each element."""
    price, vector, shop = row
    numbers: dict[str, list[float]] = {} if price is None else {"price": [price]}
    if flat:
        numbers |= {name: [x] for name, x in zip(ELEMENTS, elements(vector), strict=True) if x is not None}
    elif vector is not None:
        numbers["v"] = [np.nan if x is None else x for x in vector]
    with np.errstate(over="ignore"):
        singles = {name: np.array(values, np.float64).astype(np.float32).tolist() for name, values in numbers.items()}
    features: dict[str, Any] = {
        name: tf.train.Feature(float_list=tf.train.FloatList(value=values)) for name, values in singles.items()
    }
    features["shop"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[shop.encode()]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def tensors(rows: list[Row], fields: Fields, *, binary: bool) -> Any:
    """The rows as the Open Inference Protocol sends them, read."""
    given = objects(rows)
    data = b""
    inputs: list[dict[str, Any]] = []
    for name in COLUMNS:
        values = [elements(row[name]) if name == "v" else row[name] for row in given]
        tensor: dict[str, Any] = {"name": name, "shape": [len(rows), SIZE] if name == "v" else [len(rows)]}
        if name == "shop":
            inputs.append({**tensor, "datatype": "BYTES", "data": values})
            continue
        if binary:
            raw = np.array(values, np.float64).astype("<f8").tobytes()
            inputs.append({**tensor, "datatype": "FP64", "parameters": {"binary_data_size": len(raw)}})
            data += raw
        else:
            inputs.append({**tensor, "datatype": "FP64", "data": values})
    document = json_body.parse_object(json.dumps({"inputs": inputs}).encode(), "inputs")
    columns = open_inference._columns(document, data, fields.vectors)  # pyright: ignore  # noqa: PGH003
    return read_columns(columns, len(rows), fields, lambda name: name)


def without_subnormals(numbers: Any) -> np.ndarray:
    """Zeros in the place of numbers below the smallest normal float32, as some of TensorFlow's threads compute with them."""
    values = np.asarray(numbers)
    return np.where(np.abs(values) < np.finfo(np.float32).smallest_normal, np.float32(0), values)


def equal(got: Any, wanted: tuple[np.ndarray, np.ndarray], what: str) -> None:
    np.testing.assert_array_equal(without_subnormals(got[0]), without_subnormals(wanted[0]), what)
    np.testing.assert_array_equal(got[1], wanted[1], what)


def check(make_dataset: MakeDataset, rows: list[Row], folder: Path, roots: list[str], tag: str, parts: int) -> None:
    made = make_all(make_dataset, rows, tag, parts)
    first = made["none", "columns"]
    wanted = inputs_of(first, rows)
    codes = split_of_rows(first)
    for mode, dataset in made.items():
        assert dataset.schema == first.schema
        assert dataset.statistics().reproducible() == first.statistics().reproducible()
        for split, got in training_inputs(dataset, roots).items():
            here = codes == SPLIT_NAMES.index(split) + 1
            equal(got, (wanted[0][here], wanted[1][here]), f"{mode} {split}")

    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    network = build_network(Linear(kind="linear"), Inputs(model_inputs.number_width, model_inputs.named_sizes))
    export(first.schema, model_inputs, network, Target.of(first), folder)
    loaded: Any = tf.saved_model.load(str(folder))
    fields = Fields.of(first.schema)
    instances = objects(rows)
    split = [[row["price"], row["v"], row["shop"]] for row in instances]
    frame = {"dataframe_split": {"columns": list(COLUMNS), "data": split}}
    flat = [
        {"price": row["price"], "shop": row["shop"], **dict(zip(ELEMENTS, elements(row["v"]), strict=True))}
        for row in instances
    ]
    ways = {
        "JSON rows": read({"instances": instances}, fields),
        "JSON columns": read({"inputs": {name: [row[name] for row in instances] for name in COLUMNS}}, fields),
        "flat JSON rows": read({"instances": flat}, fields),
        "each other row flat": read({"instances": [(instances, flat)[i % 2][i] for i in range(len(rows))]}, fields),
        "dataframe_split": invoke(frame, fields),
        "dataframe_records": invoke({"dataframe_records": instances}, fields),
        "examples": classify({"examples": instances}, fields),
        "tensors": tensors(rows, fields, binary=False),
        "binary tensors": tensors(rows, fields, binary=True),
        "CSV": csv_body.read_csv(
            csv_of(rows, with_label=False).encode(), list(first.schema.raw_types), fields, has_header=True
        ),
    }
    for way, values in ways.items():
        answered = loaded.packed_transform(tf.constant(values.numeric), tf.constant(values.tokens, tf.string))
        equal((answered["numeric"], answered["categorical"]), wanted, way)
    asked = ways["JSON rows"]
    packed = loaded.packed(tf.constant(asked.numeric), tf.constant(asked.tokens, tf.string))
    for is_flat in (False, True):
        answers = loaded.signatures["examples"](tf.constant([example(row, flat=is_flat) for row in rows]))
        np.testing.assert_array_equal(answers["predictions"], packed["predictions"])


def invoke(document: dict[str, Any], fields: Fields) -> Any:
    (form,) = document
    return invocations._read(form, document, fields, [])  # pyright: ignore  # noqa: PGH003


def classify(document: dict[str, Any], fields: Fields) -> Any:
    return tensorflow_classify.read(document, fields)


@pytest.fixture
def roots(sources: Path) -> list[str]:
    return [str(sources)]


def nasty_rows(size: int) -> list[Row]:
    empty: Vector = [None] * SIZE  # pyright: ignore[reportAssignmentType]
    vectors: list[Vector] = [None, empty, *([x, y, 1] for x in FINITE for y in (0.1, None))]
    return [([1.0, None, 3.5][i % 3], vectors[i % len(vectors)], "ab"[i % 2]) for i in range(size)]


def test_nasty_vectors_are_alike_everywhere(make_dataset: MakeDataset, tmp_path: Path, roots: list[str]) -> None:
    check(make_dataset, nasty_rows(150), tmp_path / "model", roots, "nasty", parts=3)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_any_vectors_are_alike(make_dataset: MakeDataset, tmp_path: Path, roots: list[str], examples: int) -> None:
    number = count(examples)  # names of datasets are given once

    @any_rows(examples, rows=ROWS, parts=st.integers(1, 4))
    def check_them(rows: list[Row], parts: int) -> None:
        tag = f"any-{next(number)}"
        check(make_dataset, rows, tmp_path / tag, roots, tag, parts)

    check_them()
