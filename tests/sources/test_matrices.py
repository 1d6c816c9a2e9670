"""Columns of a batch as the matrices that a model's graph takes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.schema import Bucketize, Categorical, Hashed, Label, Numeric, Schema
from sources.matrices import float32_column, float64_column, missing_values, numeric_matrix, token_matrix

BATCH = pa.RecordBatch.from_pydict(
    {
        "a": pa.array([1, None, 2**63 - 1], pa.int64()),
        "b": pa.array([1e39, float("-inf"), 0.1], pa.float64()),
        "c": pa.array([b"x", None, b""], pa.binary()),
    }
)


def test_packed_matrices_hold_nan_and_empty_text_for_missing() -> None:
    expected = np.array([[1, np.nan], [np.nan, np.nan], [np.float32(2**63), np.float32(0.1)]], np.float32)
    np.testing.assert_array_equal(numeric_matrix(BATCH, ["a", "b"]), expected)
    assert token_matrix(BATCH, ["c"]).tolist() == [[b"x"], [b""], [b""]]


def test_columns_are_in_the_order_of_their_names_and_may_be_none() -> None:
    assert numeric_matrix(BATCH, ["b", "a"])[0].tolist() == pytest.approx([np.nan, 1.0], nan_ok=True)
    assert (numeric_matrix(BATCH, []).shape, token_matrix(BATCH, []).shape) == ((3, 0), (3, 0))
    assert numeric_matrix(BATCH.slice(0, 0), ["a"]).shape == (0, 1)
    assert token_matrix(BATCH.slice(1), ["c", "c"]).tolist() == [[b"", b""], [b"", b""]]


@settings(max_examples=100)
@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-(2**63), 2**63 - 1).map(float)), max_size=9))
def test_a_number_is_rounded_once_and_missing_where_float32_has_no_finite_value(values: list[float | None]) -> None:
    column = pa.array(values, pa.float64())
    with np.errstate(over="ignore"):
        expected = np.array([np.nan if value is None else value for value in values], np.float64).astype(np.float32)
    expected[~np.isfinite(expected)] = np.nan
    np.testing.assert_array_equal(float32_column(column), expected)
    np.testing.assert_array_equal(missing_values(column, "number"), np.isnan(expected))


def test_a_whole_number_goes_through_a_double() -> None:
    # Rounded directly, 2^53 + 2^29 + 1 would be the float32 above.
    column = pa.array([2**53 + 2**29 + 1, None], pa.int64())
    assert float64_column(column)[0] == 2.0**53 + 2**29
    assert float32_column(column)[0] == np.float32(2**53)
    assert np.isnan(float32_column(column)[1])


def test_a_token_is_missing_only_where_it_is_null() -> None:
    assert missing_values(BATCH.column("c"), "token").tolist() == [False, True, False]


def test_columns_are_read_as_their_features_want() -> None:
    schema = Schema(
        features={
            "t": Hashed(buckets=2),
            "n": Numeric(dtype="int64"),
            "b": Numeric(dtype="float64", bucketize=Bucketize(quantiles=2)),
            "c": Categorical(),
        },
        label=Label(column="y"),
    )
    assert list(schema.kept_types.items()) == [("t", "bytes"), ("n", "int64"), ("b", "float64"), ("c", "bytes")]
