"""The schema: which features, crosses and labels agree, the order of the model's inputs, and its fingerprint."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from contracts.schema import Bucketize, Categorical, Cross, Feature, Hashed, Label, Numeric, Schema


def schema(**features: Feature) -> Schema:
    return Schema(features=features, label=Label(column="y"))


def test_equal_schemas_have_equal_fingerprints_and_order_counts() -> None:
    a, b = Numeric(dtype="int64"), Categorical()
    assert schema(a=a, b=b).fingerprint() == schema(a=a, b=b).fingerprint()
    assert schema(a=a, b=b).fingerprint() != schema(b=b, a=a).fingerprint()
    assert schema(a=a).fingerprint() != schema(a=Numeric(dtype="float64")).fingerprint()


def test_a_schema_survives_json() -> None:
    one = schema(a=Numeric(dtype="int64", indicator=True), b=Categorical(min_count=2))
    assert Schema.model_validate_json(one.model_dump_json()) == one
    assert list(one.number_columns) == one.indicators == ["a"]
    assert list(one.token_columns) == ["b"]


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({}, "at least one column"),
        ({"a": Numeric()}, "needs a dtype"),
        ({"a": Numeric(dtype="int64", indicator=True), "a:missing": Categorical()}, "Received twice: 'a:missing'"),
        ({"y": Categorical()}, "Received twice: 'y'"),
    ],
)
def test_an_incomplete_schema_is_refused(features: dict[str, Feature], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        schema(**features)


def test_a_label_is_a_column_or_an_expression() -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        Label()
    with pytest.raises(ValidationError, match="exactly one"):
        Label(column="y", expression="y > 1")
    assert Label(expression="y > 1").name == "label"


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
    assert list(one.token_columns) == ["h", "c"]
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
