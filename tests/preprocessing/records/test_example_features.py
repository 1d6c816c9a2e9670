"""The features of an example by records and layout, and the columns behind them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from contracts.label_kinds import LabelKind
from contracts.schema import Bucketize, Categorical, Cross, Feature, Hashed, Label, Layout, Numeric, Records, Schema
from preprocessing.kernels.encode_example import VECTOR
from preprocessing.records.example_features import example_features, labelled, raw_columns

FEATURES: dict[str, Feature] = {
    "n": Numeric(dtype="int64", bucketize=Bucketize(bounds=[1.0])),
    "c": Categorical(),
    "x": Numeric(dtype="float64", indicator=True),
    "h": Hashed(buckets=3),
}
SCHEMA = Schema(features=FEATURES, crosses=[Cross(features=["c", "h"], buckets=9)], label=Label(column="y"), weight="w")
BATCH = pa.RecordBatch.from_pydict(
    {
        "unread": pa.array([1, 2, 3], pa.int64()),
        "c": pa.array([b"a", None, b"\xff"], pa.binary()),
        "x": pa.array([0.1, None, 1e39], pa.float64()),
        "n": pa.array([2**53 + 1, None, -1], pa.int64()),
        "h": pa.array([None, b"", b"b"], pa.binary()),
    }
)


def names(records: Records, layout: Layout, schema: Schema = SCHEMA) -> dict[str, tuple[str, ...]]:
    """The columns that fill each feature, without the label's and the weights' columns."""
    features = example_features(schema, records, layout)
    assert {feature.name for feature in features if feature.form == VECTOR} <= {"numeric", "categorical"}
    assert len({feature.name for feature in features}) == len(features)
    return {feature.name: tuple(name for name in feature.columns if "\0" not in name) for feature in features}


def test_raw_columns_keep_the_names_of_the_source() -> None:
    assert names("raw", "columns") == {name: (name,) for name in "ncxh"} | {"y": (), "weight": ()}


def test_raw_vectors_hold_numbers_and_tokens_in_schema_order() -> None:
    assert names("raw", "packed") == {"numeric": ("n", "x"), "categorical": ("c", "h"), "label": (), "weight": ()}


def test_transformed_features_are_the_models_inputs() -> None:
    inputs = [*SCHEMA.number_inputs, *SCHEMA.id_inputs]
    assert set(inputs) == {"x", "x:missing", "c", "h", "n", "c_x_h"}
    assert names("transformed", "columns") == {name: (name,) for name in inputs} | {"y": (), "weight": ()}
    packed = names("transformed", "packed")
    assert packed["numeric"] == tuple(SCHEMA.number_inputs)
    assert packed["categorical"] == tuple(SCHEMA.id_inputs)


@pytest.mark.parametrize("records", ["raw", "transformed"])
def test_a_vector_without_columns_is_left_out(records: Records) -> None:
    schema = Schema(features={"x": Numeric(dtype="float64")}, label=Label(expression="x > 1"))
    assert names(records, "packed", schema) == {"numeric": ("x",), "label": ()}
    assert names(records, "columns", schema) == {"x": ("x",), "label": ()}


def test_raw_values_have_the_types_of_records() -> None:
    columns = raw_columns(BATCH, SCHEMA, "columns")
    assert columns.schema.names == list(FEATURES)
    assert columns.column("n").to_pylist() == [2**53 + 1, None, -1]
    assert columns.column("x").to_pylist() == [float(np.float32(0.1)), None, float("inf")]
    assert columns.column("c").to_pylist() == [b"a", None, b"\xff"]
    assert [str(field.type) for field in columns.schema] == ["int64", "binary", "float", "binary"]


def test_numbers_of_a_vector_are_float32_and_nan_where_missing() -> None:
    columns = raw_columns(BATCH, SCHEMA, "packed")
    np.testing.assert_array_equal(columns.column("n").to_numpy(), np.array([2**53, np.nan, -1], np.float32))
    np.testing.assert_array_equal(columns.column("x").to_numpy(), np.array([0.1, np.nan, np.nan], np.float32))
    assert columns.column("n").null_count == 0
    assert columns.column("h").to_pylist() == [None, b"", b"b"]


@pytest.mark.parametrize(("kind", "type_"), [("binary", "int64"), ("multiclass", "int64"), ("regression", "float")])
def test_labels_are_whole_numbers_but_for_a_regression(kind: LabelKind, type_: str) -> None:
    schema = Schema(features=FEATURES, label=Label(column="y", kind=kind))
    labels = np.array([1, np.nan, 0], np.float32)
    label = labelled(BATCH, schema, labels).columns[BATCH.num_columns]
    assert str(label.type) == type_
    assert [label.to_pylist()[i] for i in (0, 2)] == [1, 0]


@pytest.mark.parametrize(("layout", "name"), [("columns", "y"), ("packed", "label")])
@pytest.mark.parametrize("records", ["raw", "transformed"])
def test_a_regressions_label_stands_twice(records: Records, layout: Layout, name: str) -> None:
    """As a float, for readers that know no more, and to its last bit."""
    schema = Schema(features=FEATURES, label=Label(column="y", kind="regression"))
    labels = np.array([1e9 + 0.1, -0.0, 1e100])
    batch = labelled(BATCH, schema, labels)
    columns = {feature.name: feature.columns for feature in example_features(schema, records, layout)}
    bits = batch.column(columns[f"{name}:float64"][0]).to_numpy()
    assert bits.view(np.float64).tolist() == labels.tolist()
    assert batch.column(columns[name][0]).to_pylist() == [1e9, 0, float("inf")]


def test_label_and_weight_fill_their_features() -> None:
    batch = labelled(BATCH, SCHEMA, np.array([1, 0, 1], np.float32), np.array([0.5, 2, 0], np.float32))
    columns = {feature.name: feature.columns for feature in example_features(SCHEMA, "raw", "columns")}
    assert batch.column(columns["y"][0]).to_pylist() == [1, 0, 1]
    assert batch.column(columns["weight"][0]).to_pylist() == [0.5, 2, 0]
    assert batch.column(columns["weight"][0]).type == pa.float32()
    assert batch.num_columns == BATCH.num_columns + 2
