"""Numbers equal the formulas of `contracts.input_rules`, computed by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.features import Bucketize
from contracts.input_rules import BucketInput, NumberRules, NumericInput
from contracts.schema import Label, Numeric, Schema
from modeling.layers.feature_kinds.kind_inputs import InputParts, RawTensors
from modeling.layers.feature_kinds.numeric import NumericInputs
from modeling.layers.missing_token import MissingToken

SCHEMA = Schema(
    features={
        "age": Numeric(dtype="int64", bucketize=Bucketize(bounds=[18, 65]), indicator=True),
        "plain": Numeric(dtype="float64", null_values=["-999"]),
        "log": Numeric(dtype="float64", scale="log1p"),
        "filled age": Numeric(dtype="int64", bucketize=Bucketize(bounds=[0]), impute="mean"),
        "clipped": Numeric(dtype="float64", clip=[0.1, 0.9]),
        "left out": Numeric(dtype="float64", impute="none", indicator=True, null_values=["0", "7"]),
    },
    label=Label(column="late"),
)
RULES = NumberRules(
    (
        NumericInput("plain", fill=5.0, center=2.0, divisor=3.0, bound=150.0),
        NumericInput("log", fill=1.0, center=0.5, divisor=0.25, log=True),
        NumericInput("clipped", fill=100.0, center=1.0, divisor=1.0, low=-2.0, high=8.0),
        NumericInput("left out", fill=None, center=4.0, divisor=2.0, indicator=True),
    ),
    (BucketInput("age", None, (18.0, 65.0)), BucketInput("filled age", 3.0, (0.0,))),
)
NULLS = {"plain": [-999.0], "left out": [0.0, 7.0]}
NUMBERS = st.one_of(
    st.sampled_from([np.nan, np.inf, -np.inf, -999.0, 0.0, 7.0, 18.0, 65.0, 3.4e38]),
    st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
)


def parts_of(schema: Schema, rules: NumberRules, values: np.ndarray, *, in_graph: bool) -> InputParts:
    layer = NumericInputs(schema, rules)

    def inputs_of(numeric: tf.Tensor) -> InputParts:
        return layer.inputs_of(RawTensors(numeric, tf.zeros([len(values), 0], tf.string), MissingToken([])))

    parts: Any = (tf.function(inputs_of) if in_graph else inputs_of)(tf.constant(values))
    return parts


def expected_number(rule: NumericInput, column: np.ndarray, missing: np.ndarray) -> np.ndarray:
    values = np.where(missing, np.float32(rule.fill or 0), column)
    if rule.low is not None and rule.high is not None:
        values = np.clip(values, np.float32(rule.low), np.float32(rule.high))
    doubles = values.astype(np.float64)
    doubles = np.sign(doubles) * np.log1p(np.abs(doubles)) if rule.log else doubles
    bound = np.inf if rule.bound is None else rule.bound
    scaled = np.clip((doubles - rule.center) / rule.divisor, -bound, bound).astype(np.float32)
    return np.where(missing, np.float32(0), scaled) if rule.fill is None else scaled


@settings(max_examples=15)
@given(rows=st.lists(st.lists(NUMBERS, min_size=6, max_size=6), max_size=6), in_graph=st.booleans())
def test_every_step_in_its_order(rows: list[list[float]], in_graph: bool) -> None:
    values = np.array(rows, np.float32).reshape(-1, 6)
    columns = dict(zip(SCHEMA.features, values.T, strict=True))
    missing = {name: ~np.isfinite(column) | np.isin(column, NULLS.get(name, [])) for name, column in columns.items()}
    parts = parts_of(SCHEMA, RULES, values, in_graph=in_graph)
    assert parts.numbers is not None
    assert parts.indicators is not None
    assert parts.ids is not None
    for place, rule in enumerate(RULES.scaled):
        expected = expected_number(rule, columns[rule.feature], missing[rule.feature])
        np.testing.assert_allclose(parts.numbers.numpy()[:, place], expected, rtol=1e-6, atol=1e-6)
    for place, name in enumerate(["age", "left out"]):
        assert parts.indicators.numpy()[:, place].tolist() == missing[name].astype(np.float32).tolist()
    for place, rule in enumerate(RULES.buckets):
        column, is_missing = columns[rule.feature], missing[rule.feature]
        filled = np.where(is_missing, np.float32(rule.fill or 0), column)
        ids = 1 + np.searchsorted(np.array(rule.bounds, np.float32), filled, side="right")
        expected = np.where(is_missing & (rule.fill is None), 0, ids)
        assert parts.ids.numpy()[:, place].tolist() == expected.tolist()


@pytest.mark.parametrize("in_graph", [False, True])
def test_only_the_steps_that_a_feature_asks_for_are_there(in_graph: bool) -> None:
    schema = Schema(features={"x": Numeric(dtype="float64")}, label=Label(column="y"))
    rules = NumberRules((NumericInput("x", 2.0, 1.0, 2.0),), ())
    layer = NumericInputs(schema, rules)
    optional = (layer.nulls, layer.clip, layer.log, layer.zero, layer.indicate, layer.bucketize)
    assert optional == (None,) * 6
    parts = parts_of(schema, rules, np.array([[5.0], [np.nan]], np.float32), in_graph=in_graph)
    assert parts.numbers is not None
    assert parts.numbers.numpy().tolist() == [[2.0], [0.5]]
    assert (parts.indicators, parts.ids) == (None, None)


@pytest.mark.parametrize("in_graph", [False, True])
def test_where_every_number_is_bucketized_there_are_no_numbers(in_graph: bool) -> None:
    schema = Schema(features={"age": SCHEMA.number_columns["age"]}, label=Label(column="y"))
    rules = NumberRules((), (BucketInput("age", None, (18.0, 65.0)),))
    parts = parts_of(schema, rules, np.array([[17.0], [65.0], [np.nan]], np.float32), in_graph=in_graph)
    assert parts.ids is not None
    assert parts.ids.numpy().tolist() == [[1], [3], [0]]
    assert parts.indicators is not None
    assert parts.indicators.numpy().tolist() == [[0.0], [0.0], [1.0]]
    assert parts.numbers is None
