"""Numeric inputs that are the same in every training row."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.input_rules.numbers import statistics_of

from contracts.features import Bucketize, Constant, Numeric
from contracts.input_rules import constant_inputs
from contracts.schema import Label, Schema
from contracts.statistics import LabelStatistics, SplitStatistics, Statistics


def constants(feature: Numeric, values: list[float | None], *, masked: bool = False) -> list[str]:
    schema = Schema(features={"x": feature}, label=Label(column="late"))
    train = SplitStatistics(
        rows=len(values), features={"x": statistics_of(values)}, label=LabelStatistics(count=len(values), positives=0)
    )
    return constant_inputs(schema, Statistics(splits={"train": train}), masked=masked)


@pytest.mark.parametrize(
    ("fields", "values", "expected"),
    [
        ({}, [7.0, 7.0], ["x"]),
        ({}, [7.0, 8.0], []),
        ({}, [None, None], ["x"]),
        ({"scale": "none"}, [7.0, 7.0], ["x"]),
        ({"scale": "log1p"}, [7.0, 7.0], ["x"]),
        ({"scale": "minmax"}, [7.0, 7.0], ["x"]),
        ({"clip": [0.4, 0.6]}, [0.0, *[7.0] * 20, 99.0], ["x"]),
        ({"clip": [0.0, 1.0]}, [0.0, *[7.0] * 20, 99.0], []),
        ({}, [7.0, None], ["x"]),
        ({"impute": Constant(constant=-1)}, [7.0, None], []),
        ({"impute": Constant(constant=-1)}, [7.0, 7.0], ["x"]),
        ({"impute": Constant(constant=-1), "indicator": True}, [7.0, None], ["x"]),
        ({"impute": "none", "indicator": True}, [7.0, None], ["x"]),
        ({"indicator": True}, [7.0, 8.0], ["x:missing"]),
        ({"indicator": True}, [7.0, None], ["x"]),
        ({"indicator": True}, [None, None], ["x", "x:missing"]),
        ({"bucketize": Bucketize(bounds=[0.0])}, [7.0, 7.0], []),
        ({}, [1e-45, 2e-45], ["x"]),
    ],
)
def test_a_number_is_constant_if_every_training_row_has_the_same(
    fields: dict[str, Any], values: list[float | None], expected: list[str]
) -> None:
    assert constants(Numeric(dtype="float64", **fields), values) == expected


def test_masking_varies_an_indicator_but_not_that_of_a_column_without_values() -> None:
    feature = Numeric(dtype="float64", indicator=True)
    assert constants(feature, [7.0, 8.0], masked=True) == []
    assert constants(feature, [7.0, 7.0], masked=True) == ["x"]
    assert constants(feature, [None, None], masked=True) == ["x", "x:missing"]
