"""Numeric features: what imputation, clipping, scaling and buckets refuse together, and the inputs that they make."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features.base import Conflict
from contracts.features.numeric import Bucketize, Constant, Numeric, indicator_name


def test_buckets_change_the_defaults_of_what_they_leave_out() -> None:
    one = Numeric.model_validate({"kind": "numeric", "bucketize": {"quantiles": 4}})
    assert (one.impute, one.scale) == ("none", "none")
    assert Numeric(bucketize=Bucketize(bounds=[1]), impute="mean").impute == "mean"
    assert (Numeric().impute, Numeric().scale, Numeric().clip) == ("mean", "standard", None)
    assert Numeric.model_validate({"bucketize": None}).scale == "standard"


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"impute": "none", "indicator": False}, "impute", "needs an indicator or bucketize"),
        ({"impute": "mode"}, "impute", "'mean', 'median' or 'none'"),
        ({"impute": {"constant": 1e39}}, "constant", "less than or equal"),
        ({"impute": {"constant": float("nan")}}, "constant", "finite"),
        ({"clip": [0.9, 0.1]}, "clip", "below the second"),
        ({"clip": [0.5, 0.5]}, "clip", "below the second"),
        ({"clip": [0.1]}, "clip", "at least 2"),
        ({"clip": [1, 99]}, 1, "less than or equal to 1"),
        ({"scale": "robust"}, "scale", "'standard', 'minmax', 'log1p' or 'none'"),
        ({"bucketize": {"quantiles": 4}, "scale": "standard"}, "scale", "must be none"),
        ({"bucketize": {"quantiles": 4}, "clip": [0, 1]}, "clip", "has no effect"),
        ({"bucketize": {}}, "bucketize", "exactly one"),
        ({"bucketize": {"quantiles": 4, "bounds": [1]}}, "bucketize", "exactly one"),
        ({"bucketize": {"quantiles": 1}}, "quantiles", "greater than or equal to 2"),
        ({"bucketize": {"bounds": []}}, "bounds", "at least 1"),
        ({"bucketize": {"bounds": [2, 1]}}, "bounds", "must ascend"),
        ({"bucketize": {"bounds": [16777216, 16777217]}}, "bounds", "differ as float32"),
        ({"bucketize": {"bounds": [0, 1e-40]}}, "bounds", "differ as float32"),
        ({"buckets": 3}, "buckets", "Extra"),
        ({"dtype": "bytes"}, "dtype", "'int64' or 'float64'"),
    ],
)
def test_contradictions_are_refused_at_their_field(fields: dict[str, Any], place: str | int, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Numeric.model_validate(fields)
    errors = caught.value.errors()
    assert any(message in error["msg"] and place in error["loc"] for error in errors), errors


def test_a_missing_value_needs_no_fill_where_an_indicator_or_a_bucket_shows_it() -> None:
    assert Numeric(impute="none", indicator=True).impute == "none"
    assert Numeric(impute="none", bucketize=Bucketize(quantiles=2)).impute == "none"
    assert Numeric(impute=Constant(constant=-1)).impute == Constant(constant=-1.0)


def test_inputs_of_a_number_and_of_its_bucket() -> None:
    plain, bucket = Numeric(indicator=True), Numeric(bucketize=Bucketize(quantiles=2))
    assert (plain.number_inputs("a"), plain.indicator_inputs("a"), plain.id_inputs("a")) == (["a"], ["a:missing"], [])
    assert (bucket.number_inputs("a"), bucket.indicator_inputs("a"), bucket.id_inputs("a")) == ([], [], ["a"])
    assert indicator_name("x y") == "x y:missing"


def test_the_type_is_the_columns_unless_one_was_given() -> None:
    assert Numeric().value_type == "float64"
    assert Numeric().with_type("int64") == Numeric(dtype="int64")
    assert Numeric().with_type("bytes") == Numeric(dtype="float64")
    assert Numeric(dtype="int64").with_type("float64") == Numeric(dtype="int64")


def test_a_stored_feature_has_a_type() -> None:
    message = "a stored numeric feature needs a dtype. Received none"
    assert list(Numeric().conflicts([])) == [Conflict(("dtype",), message)]
    assert list(Numeric(dtype="int64").conflicts(["-1"])) == []


@pytest.mark.parametrize(
    ("feature", "limited"),
    [
        (Numeric(), False),
        (Numeric(scale="minmax"), False),
        (Numeric(scale="log1p"), True),
        (Numeric(clip=[0.1, 0.9]), True),
        (Numeric(bucketize=Bucketize(quantiles=2)), True),
    ],
)
def test_which_rules_limit_extreme_values(feature: Numeric, limited: bool) -> None:
    assert feature.limits_extremes == limited
