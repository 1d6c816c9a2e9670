"""Features of every kind: distinguished by `kind`, stored as JSON, and as older requests and manifests have them."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.features import (
    KINDS,
    Bucketize,
    Categorical,
    Constant,
    Feature,
    Hashed,
    KindName,
    Numeric,
    ValueType,
    default_feature,
)
from contracts.schema import Schema

FEATURE: TypeAdapter[Any] = TypeAdapter(Feature)


def feature(**fields: Any) -> Any:
    return FEATURE.validate_python(fields)


def test_what_older_requests_and_manifests_say_still_means_the_same() -> None:
    assert feature(kind="numeric", dtype="int64", impute="mean", indicator=True, scale="standard") == Numeric(
        dtype="int64", indicator=True
    )
    assert feature(kind="categorical", min_count=2, max_size=None) == Categorical(min_count=2)
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


def test_every_kind_has_its_name_and_its_place_among_the_models_inputs() -> None:
    assert [kind.model_fields["kind"].default for kind in KINDS] == ["categorical", "hashed", "numeric"]
    assert {kind.model_fields["kind"].default for kind in KINDS} == set(get_args(KindName))
    union, _ = get_args(Feature)
    assert set(get_args(union)) == set(KINDS)


def test_a_kind_must_be_known() -> None:
    with pytest.raises(ValidationError, match="'numeric', 'categorical', 'hashed'"):
        feature(kind="token")
    with pytest.raises(ValidationError, match="Unable to extract tag"):
        feature(buckets=3)


@pytest.mark.parametrize(
    ("column", "expected"),
    [("int64", Numeric(dtype="int64")), ("float64", Numeric(dtype="float64")), ("bytes", Categorical())],
)
def test_a_column_that_no_request_names_has_a_default_feature(column: ValueType, expected: Feature) -> None:
    assert default_feature(column) == expected
    assert default_feature(column).value_type == column
