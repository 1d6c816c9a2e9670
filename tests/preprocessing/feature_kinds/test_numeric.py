"""Inputs of numeric features: scaled numbers, indicators and buckets, each under its name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from tests.preprocessing.runs import staged

from contracts.input_rules import BucketInput, NumberRules, NumericInput
from contracts.schema import Bucketize, Numeric
from preprocessing.feature_kinds.number_inputs import bucket, scale
from preprocessing.feature_kinds.numeric import NumericFeatures

FEATURES = {
    "x": Numeric(dtype="float64", indicator=True),
    "n": Numeric(dtype="int64", bucketize=Bucketize(bounds=[0.0, 2.0]), indicator=True),
    "plain": Numeric(dtype="float64"),
}
RULES = NumberRules(
    (NumericInput("x", 1.0, 2.0, 4.0), NumericInput("plain", None, 0.0, 1.0), NumericInput("of another kind", 0, 0, 1)),
    (BucketInput("n", None, (0.0, 2.0)), BucketInput("of another kind, too", 0.0, ())),
)
ROWS = staged({"x": [np.nan, 6.0, -2.0], "n": [0.0, np.nan, 2.5], "plain": [7.0, 8.0, np.nan]}, {})


def test_every_feature_has_the_inputs_of_its_rule() -> None:
    inputs = NumericFeatures(FEATURES).model_inputs(ROWS, RULES, {})
    assert {name: column.to_pylist() for name, column in inputs.items()} == {
        "x": [-0.25, 1.0, -1.0],
        "plain": [7.0, 8.0, 0.0],
        "x:missing": [1.0, 0.0, 0.0],
        "n:missing": [0.0, 1.0, 0.0],
        "n": [2, 0, 3],
    }
    types = {name: column.type for name, column in inputs.items()}
    assert types == {name: pa.int64() if name == "n" else pa.float32() for name in inputs}


def test_values_are_those_of_the_formulas() -> None:
    inputs = NumericFeatures(FEATURES).model_inputs(ROWS, RULES, {})
    np.testing.assert_array_equal(inputs["x"].to_numpy(), scale(ROWS.numeric["x"], RULES.scaled[0]))
    np.testing.assert_array_equal(inputs["n"].to_numpy(), bucket(ROWS.numeric["n"], RULES.buckets[0]))


def test_without_features_there_are_no_inputs() -> None:
    assert NumericFeatures({}).model_inputs(ROWS, RULES, {}) == {}
