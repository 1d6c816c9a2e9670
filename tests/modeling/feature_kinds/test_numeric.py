"""Numbers that stand for a missing value, and overrides. See also `api/openapi/test_field_schemas` and `serving/test_explain`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.modeling.made import Made

from contracts.errors import InvalidRequest
from contracts.input_rules import number_rules
from contracts.schema import Label, Numeric, Schema
from modeling.feature_kinds.base import ModelInputIds
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.feature_kinds.numeric import NumericFeatures
from modeling.feature_kinds.raw_values import RawValues

SCHEMA = Schema(
    features={"km": Numeric(dtype="float64"), "class": Numeric(dtype="int64", null_values=["-1", "none"])},
    label=Label(column="late"),
)
NUMBERS = NumericFeatures(SCHEMA, SCHEMA.of_kind(Numeric))
ROWS = FeatureKinds(SCHEMA).rows.of(
    RawValues(np.array([[1, -1], [-1, 2], [np.nan, np.inf]], np.float32), np.empty((3, 0), object))
)


def test_nan_infinities_and_a_columns_own_numbers_are_missing() -> None:
    assert NUMBERS.missing(ROWS.values.numeric).tolist() == [[False, True], [False, False], [True, True]]


def test_missing_numbers_are_null_in_the_log_and_a_redacted_feature_is_left_out() -> None:
    logged = NUMBERS.logged(ROWS, {"km"})
    assert {name: column.to_pylist() for name, column in logged.items()} == {"class": [None, 2.0, None]}


def test_an_override_keeps_what_it_does_not_name() -> None:
    changed = NUMBERS.overridden("class", {"impute": "median"})
    assert (changed.impute, changed.scale, changed.null_values) == ("median", "standard", ["-1", "none"])


def test_an_override_that_does_not_fit_points_to_its_field() -> None:
    with pytest.raises(InvalidRequest) as error:
        NUMBERS.overridden("km", {"clip": [0.9, 0.1]})
    assert error.value.pointer == "/features/km/clip"


def test_a_number_that_is_bounded_after_scaling_is_explained() -> None:
    schema = Schema(
        features={"plain": Numeric(dtype="float64"), "log": Numeric(dtype="float64", scale="log1p")},
        label=Label(column="late"),
    )
    rows = [{"plain": float(at), "log": 1e6 * at, "late": at % 2} for at in range(101)]
    statistics = Made(rows, [1] * 101, schema=schema).statistics.model_copy(update={"has_bounds": True})
    never = ModelInputIds(schema, lambda: pytest.fail("numbers ask for no ids"))
    asked = np.array([[50, 0], [100, 1e8], [-1e6, -3e38], [1e30, 3e38]], np.float32)
    raw = FeatureKinds(schema).rows.of(RawValues(asked, np.empty((4, 0), object)))
    entries: dict[str, list[Any]] = {"plain": [], "log": []}
    for entry in NumericFeatures(schema, schema.of_kind(Numeric)).explain(raw, never, statistics):
        entries[entry.feature].append((entry.row, entry.entry["reasons"], entry.entry["used"]))
    rule = number_rules(schema, statistics).scaled[0]
    reach = 100 * rule.divisor
    assert rule.bound == 100
    assert entries["plain"] == [
        (2, ["outside_training_range", "bounded"], pytest.approx(50 - reach)),
        (3, ["outside_training_range", "bounded"], pytest.approx(50 + reach)),
    ]
    assert [row for row, *_ in entries["log"]] == [2, 3]
