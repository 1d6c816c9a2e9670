"""What may be asked of a feature, and what is refused and why."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.features import Bucketize, Categorical, Constant, Cross, Feature, Hashed, Numeric, float32
from contracts.schema import Label, Schema

FEATURE: TypeAdapter[Any] = TypeAdapter(Feature)


def feature(**fields: Any) -> Any:
    return FEATURE.validate_python(fields)


def test_what_older_requests_and_manifests_say_still_means_the_same() -> None:
    assert feature(kind="numeric", dtype="int64", impute="mean", indicator=True, scale="standard") == Numeric(
        dtype="int64", indicator=True
    )
    assert feature(kind="categorical", min_count=2, max_size=None) == Categorical(min_count=2)
    assert Categorical().first_token_id == 2
    old = {"features": {"a": {"kind": "categorical"}}, "label": {"column": "y"}, "null_tokens": [""]}
    assert Schema.model_validate(old).crosses == []


@pytest.mark.parametrize(
    "one",
    [
        Numeric(dtype="int64", impute="median", clip=[0.01, 0.99], scale="log1p"),
        Numeric(dtype="int64", impute=Constant(constant=-1), scale="minmax"),
        Numeric(dtype="int64", impute="none", indicator=True, scale="none"),
        Numeric(dtype="int64", bucketize=Bucketize(quantiles=10)),
        Numeric(dtype="int64", bucketize=Bucketize(bounds=[0, 18.5]), impute="mean", indicator=True),
        Categorical(reserved=["b", "a"], max_size=2, oov_buckets=3, min_count=5),
        Hashed(buckets=2_000_000_000),
    ],
)
def test_a_feature_survives_json(one: Any) -> None:
    assert FEATURE.validate_json(one.model_dump_json()) == one
    assert FEATURE.validate_python(one.model_dump(exclude_unset=True) | {"kind": one.kind}) == one


def test_buckets_change_the_defaults_of_what_they_leave_out() -> None:
    one = feature(kind="numeric", bucketize={"quantiles": 4})
    assert (one.impute, one.scale) == ("none", "none")


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"kind": "numeric", "impute": "none"}, "impute", "needs an indicator or bucketize"),
        ({"kind": "numeric", "impute": "mode"}, "impute", "'mean', 'median' or 'none'"),
        ({"kind": "numeric", "impute": {"constant": 1e39}}, "constant", "less than or equal"),
        ({"kind": "numeric", "impute": {"constant": float("nan")}}, "constant", "finite"),
        ({"kind": "numeric", "clip": [0.9, 0.1]}, "clip", "below the second"),
        ({"kind": "numeric", "clip": [0.5, 0.5]}, "clip", "below the second"),
        ({"kind": "numeric", "clip": [0.1]}, "clip", "at least 2"),
        ({"kind": "numeric", "clip": [1, 99]}, 1, "less than or equal to 1"),
        ({"kind": "numeric", "scale": "robust"}, "scale", "'standard', 'minmax', 'log1p' or 'none'"),
        ({"kind": "numeric", "bucketize": {"quantiles": 4}, "scale": "standard"}, "scale", "must be none"),
        ({"kind": "numeric", "bucketize": {"quantiles": 4}, "clip": [0, 1]}, "clip", "has no effect"),
        ({"kind": "numeric", "bucketize": {}}, "bucketize", "exactly one"),
        ({"kind": "numeric", "bucketize": {"quantiles": 4, "bounds": [1]}}, "bucketize", "exactly one"),
        ({"kind": "numeric", "bucketize": {"quantiles": 1}}, "quantiles", "greater than or equal to 2"),
        ({"kind": "numeric", "bucketize": {"bounds": []}}, "bounds", "at least 1"),
        ({"kind": "numeric", "bucketize": {"bounds": [2, 1]}}, "bounds", "must ascend"),
        ({"kind": "numeric", "bucketize": {"bounds": [16777216, 16777217]}}, "bounds", "differ as float32"),
        ({"kind": "numeric", "buckets": 3}, "buckets", "Extra"),
        ({"kind": "categorical", "reserved": ["a", "b", "a"]}, "reserved", "Received twice: 'a'"),
        ({"kind": "categorical", "reserved": [""]}, 0, "at least 1 character"),
        ({"kind": "categorical", "reserved": ["a", "b"], "max_size": 1}, "max_size", "hold the 2 reserved"),
        ({"kind": "categorical", "oov_buckets": 0}, "oov_buckets", "greater than or equal to 1"),
        ({"kind": "categorical", "impute": "mean"}, "impute", "Extra"),
        ({"kind": "hashed"}, "buckets", "Field required"),
        ({"kind": "hashed", "buckets": 2_000_000_001}, "buckets", "less than or equal"),
        ({"kind": "hashed", "buckets": 5, "min_count": 2}, "min_count", "Extra"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(fields: dict[str, Any], place: str | int, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        feature(**fields)
    errors = caught.value.errors()
    assert any(message in error["msg"] and place in error["loc"] for error in errors), errors


def test_a_cross_is_named_after_its_features() -> None:
    assert Cross.model_validate({"features": ["a", "b"], "buckets": 3}).name == "a_x_b"
    assert Cross.model_validate({"features": ["a", "b"], "buckets": 3, "name": "ab"}).name == "ab"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": ["a", "a"], "buckets": 3}, "with itself"),
        ({"features": ["a"], "buckets": 3}, "at least 2"),
        ({"features": ["a", "b", "c"], "buckets": 3}, "at most 2"),
        ({"features": ["a", "b"], "buckets": 0}, "greater than or equal"),
        ({"features": ["a", "b"], "buckets": 3, "name": ""}, "at least 1"),
        ({"features": ["a", "b"]}, "Field required"),
        ({"features": "ab", "buckets": 3}, "valid list"),
    ],
)
def test_a_cross_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Cross.model_validate(fields)


def test_a_schema_knows_the_order_of_the_models_inputs() -> None:
    one = Schema(
        features={
            "h": Hashed(buckets=5),
            "bucket": Numeric(dtype="int64", bucketize=Bucketize(quantiles=3), indicator=True),
            "n": Numeric(dtype="int64", indicator=True),
            "c": Categorical(null_values=["-"]),
        },
        crosses=[Cross(features=["c", "h"], buckets=9)],
        label=Label(column="y"),
        null_tokens=["", "NA"],
    )
    assert one.number_inputs == ["n", "bucket:missing", "n:missing"]
    assert one.id_inputs == ["c", "h", "bucket", "c_x_h"]
    assert list(one.categorical) == ["h", "c"]
    assert list(one.vocabularies) == ["c"]
    assert (one.nulls_of("c"), one.nulls_of("h")) == (["", "-", "NA"], ["", "NA"])
    assert Schema.model_validate_json(one.model_dump_json()) == one


@pytest.mark.parametrize(
    ("crosses", "message"),
    [
        ([Cross(features=["a", "n"], buckets=2)], "categorical or hashed"),
        ([Cross(features=["a", "z"], buckets=2)], "categorical or hashed"),
        ([Cross(features=["a", "b"], buckets=2, name="n")], "Received twice: 'n'"),
        ([Cross(features=["a", "b"], buckets=2)] * 2, "Received twice: 'a_x_b'"),
    ],
)
def test_a_schema_refuses_other_crosses(crosses: list[Cross], message: str) -> None:
    features: dict[str, Feature] = {"a": Categorical(), "b": Hashed(buckets=2), "n": Numeric(dtype="int64")}
    with pytest.raises(ValidationError, match=message):
        Schema(features=features, crosses=crosses, label=Label(column="y"))


def test_a_schema_refuses_a_reserved_token_that_means_missing() -> None:
    with pytest.raises(ValidationError, match="null token"):
        Schema(features={"a": Categorical(reserved=["-"], null_values=["-"])}, label=Label(column="y"))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_a_float32_is_its_own(value: float) -> None:
    assert struct.pack("<d", float32(value)) == struct.pack("<d", value) or value == 0
