"""Numbers that stand for a missing value, and overrides. See also `api/openapi/test_field_schemas` and `serving/test_explain`."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from contracts.schema import Label, Numeric, Schema
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.feature_kinds.numeric import NumericFeatures
from modeling.feature_kinds.raw_values import RawRows, RawValues

SCHEMA = Schema(
    features={"km": Numeric(dtype="float64"), "class": Numeric(dtype="int64", null_values=["-1", "none"])},
    label=Label(column="late"),
)
NUMBERS = NumericFeatures(SCHEMA, SCHEMA.of_kind(Numeric))
ROWS = RawRows(
    FeatureKinds(SCHEMA).columns,
    RawValues(np.array([[1, -1], [-1, 2], [np.nan, np.inf]], np.float32), np.empty((3, 0), object)),
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
