"""Rows as clients send them to rows of features, with features that are computed and without."""

from __future__ import annotations

import numpy as np

from contracts.features import Categorical, Numeric
from contracts.schema import Label, Schema
from modeling.feature_kinds.feature_rows import FeatureRows
from modeling.feature_kinds.raw_values import RawColumns, RawValues
from preprocessing.expressions.parsing.parse_expression import parse_expression
from sources.matrices import MISSING_INTEGER

NAN = np.nan
PLAIN = Schema(
    features={"x": Numeric(dtype="float64"), "s": Categorical(), "n": Numeric(dtype="int64")}, label=Label(column="y")
)
COMPUTED = Schema(
    features={
        "ratio": Numeric(dtype="float64"),
        "s": Categorical(),
        "n": Numeric(dtype="int64"),
        "word": Categorical(),
        "hour": Numeric(dtype="int64"),
    },
    label=Label(column="y"),
    computed={
        "ratio": parse_expression("x / n", {"x": "double", "n": "integer"}),
        "word": parse_expression("concat(s, '-', other)", {"s": "text", "other": "text"}),
        "hour": parse_expression("hour(t)", {"t": "instant"}),
    },
    columns={"n": "int64", "x": "float64", "s": "bytes", "other": "bytes", "t": "instant"},
    null_tokens=["", "NA"],
)
VALUES = RawValues(  # x; s, other; n, t
    np.array([[3.0], [NAN], [5.0]], np.float32),
    np.array([[b"a", "b"], ["NA", b"c"], [b"d", b""]], object),
    np.array([[2, 0], [4, 3_600_000_000], [MISSING_INTEGER, MISSING_INTEGER]], np.int64),
)


def test_without_computed_features_the_values_are_as_they_were() -> None:
    values = RawValues(np.zeros((2, 2), np.float32), np.full((2, 1), b"a", object))
    rows = FeatureRows(PLAIN).of(values)
    assert rows.values is values
    assert rows.columns == RawColumns(["x", "n"], ["s"], [])
    assert FeatureRows(PLAIN).other_columns(values) == {}


def test_what_is_sent_has_the_columns_of_the_schema() -> None:
    assert RawColumns.of(COMPUTED) == RawColumns(["x"], ["s", "other"], ["n", "t"])
    assert RawColumns.of_features(COMPUTED) == RawColumns(["ratio", "n", "hour"], ["s", "word"], [])


def test_each_feature_has_its_value_and_missing_ones_are_missing() -> None:
    rows = FeatureRows(COMPUTED).of(VALUES)
    assert rows.values.integers is None
    assert rows.values.numeric.dtype == np.float32
    np.testing.assert_array_equal(rows.values.numeric, [[1.5, 2, 0], [NAN, 4, 1], [NAN, NAN, NAN]])
    assert rows.tokens("word").tolist() == [b"a-b", b"", b""]
    assert rows.tokens("s").tolist() == [b"a", b"NA", b"d"], "a column that is sent stays as it is"


def test_columns_that_are_no_features_are_returned_with_nulls() -> None:
    others = FeatureRows(COMPUTED).other_columns(VALUES)
    assert {name: column.to_pylist() for name, column in others.items()} == {
        "x": [3.0, None, 5.0],
        "other": [b"b", b"c", None],
        "t": [0, 3_600_000_000, None],
    }


def test_no_rows_are_no_features() -> None:
    empty = VALUES.part(slice(0, 0))
    rows = FeatureRows(COMPUTED).of(empty)
    assert (rows.values.numeric.shape, rows.values.tokens.shape) == ((0, 3), (0, 2))
    assert [len(column) for column in FeatureRows(COMPUTED).other_columns(empty).values()] == [0, 0, 0]
