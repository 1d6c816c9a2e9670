"""Computed features of a batch: what expressions see of a column, and what a feature has of a result."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from contracts.expressions import Expression
from contracts.features import Categorical, Feature, Numeric
from contracts.schema import Label, Schema, ValueType
from preprocessing.expressions.parsing.parse_expression import parse_expression
from sources.computed_features import ComputedFeatures

TYPES = {"int64": "integer", "float64": "double", "bytes": "text", "instant": "instant"}


def schema_of(
    feature: Feature, sql: str, columns: dict[str, ValueType], nulls: tuple[str, ...] = ("NA",), **others: Feature
) -> Schema:
    computed: dict[str, Expression] = {
        "d": parse_expression(sql, {name: TYPES[kind] for name, kind in columns.items()})  # type: ignore[misc]
    }
    return Schema(
        features={**others, "d": feature},
        label=Label(column="y"),
        computed=computed,
        columns=columns,
        null_tokens=["", *nulls],
    )


def test_a_batch_without_computed_features_is_as_it_was() -> None:
    schema = Schema(features={"n": Numeric(dtype="float64")}, label=Label(column="y"))
    batch = pa.record_batch({"n": [1.0, None]})
    assert ComputedFeatures(schema).add(batch) is batch


def test_features_stand_after_the_columns_and_leave_them_as_they_were() -> None:
    schema = schema_of(Numeric(dtype="float64"), "miles / hours", {"miles": "float64", "hours": "float64"})
    batch = pa.record_batch({"other": ["a"] * 4, "miles": [10.0, None, 3.0, 0.0], "hours": [4.0, 2.0, 0.0, math.nan]})
    made = ComputedFeatures(schema).add(batch)
    assert made.schema.names == ["other", "miles", "hours", "d"]
    assert made.column("miles").equals(batch.column("miles"))
    assert made.column("d").to_pylist() == [2.5, None, None, None]
    assert made.column("d").type == pa.float64()


def test_numbers_are_read_as_the_model_sees_them() -> None:
    schema = schema_of(Numeric(dtype="float64"), "x * 1D", {"x": "float64"})
    values = [0.1, 16_777_217.0, 1e300, math.inf, -math.inf, math.nan, None, -0.0]
    column = ComputedFeatures(schema).add(pa.record_batch({"x": pa.array(values, pa.float64())})).column("d")
    assert column.to_pylist() == [float(np.float32(0.1)), 16_777_216.0, None, None, None, None, None, -0.0]


def test_whole_numbers_keep_all_their_bits() -> None:
    schema = schema_of(Numeric(dtype="int64"), "n % 1000", {"n": "int64"})
    values = [2**53 + 1, 2**63 - 1, 1 - 2**63, None]
    column = ComputedFeatures(schema).add(pa.record_batch({"n": pa.array(values, pa.int64())})).column("d")
    assert column.to_pylist() == [993, 807, -807, None]
    assert column.type == pa.int64()


@pytest.mark.parametrize(("sql", "values"), [("x > 1", [0, 1, None]), ("x IS NULL", [0, 0, 1])])
def test_a_boolean_is_a_number_of_0_and_1(sql: str, values: list[int | None]) -> None:
    schema = schema_of(Numeric(dtype="int64"), sql, {"x": "float64"})
    column = ComputedFeatures(schema).add(pa.record_batch({"x": [1.0, 2.0, math.nan]})).column("d")
    assert (column.to_pylist(), column.type) == (values, pa.int64())


def test_instants_are_microseconds() -> None:
    schema = schema_of(Numeric(dtype="int64"), "hour(t)", {"t": "instant"})
    batch = pa.record_batch({"t": pa.array([0, -1, 3_600_000_000, None], pa.int64())})
    assert ComputedFeatures(schema).add(batch).column("d").to_pylist() == [0, 23, 1, None]


def test_null_tokens_are_missing_before_and_after() -> None:
    schema = schema_of(Categorical(null_values=["none"]), "lower(s)", {"s": "bytes"}, ("NA", "na"))
    values = [b"A", b"NA", b"", b"NONE", b"none", b"Na", None]
    column = ComputedFeatures(schema).add(pa.record_batch({"s": pa.array(values, pa.binary())})).column("d")
    assert column.type == pa.binary()
    assert column.to_pylist() == [b"a", None, None, None, None, None, None]


def test_text_is_missing_where_a_default_can_be_taken() -> None:
    schema = schema_of(Categorical(), "coalesce(s, 'unknown')", {"s": "bytes"})
    column = ComputedFeatures(schema).add(pa.record_batch({"s": pa.array([b"NA", b"x", b""], pa.binary())})).column("d")
    assert column.to_pylist() == [b"unknown", b"x", b"unknown"]


def test_a_result_that_is_not_finite_is_missing() -> None:
    schema = schema_of(Numeric(dtype="float64"), "exp(x)", {"x": "float64"})
    column = ComputedFeatures(schema).add(pa.record_batch({"x": [0.0, 1e30, None]})).column("d")
    assert column.to_pylist() == [1.0, None, None]


def test_subnormal_numbers_are_0_as_tensorflow_takes_them() -> None:
    schema = schema_of(Numeric(dtype="int64"), "x > 0", {"x": "float64"})
    column = ComputedFeatures(schema).add(pa.record_batch({"x": [1e-45, 1.1e-38, 1.2e-38, -1e-45]})).column("d")
    assert column.to_pylist() == [0, 0, 1, 0]
