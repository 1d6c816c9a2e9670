"""The schema: which features, crosses and labels agree, the order of the model's inputs, and its fingerprint."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from contracts.features import TextRule, TimeFormat
from contracts.schema import Bucketize, Categorical, Cross, Feature, Hashed, Label, Numeric, Schema
from preprocessing.expressions.parsing.parse_expression import parse_expression


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


def computed() -> Schema:
    """A schema of which `speed` and `code` are computed, `miles` is a feature, too, and `hours`, `t` and `s` are none."""
    return Schema(
        features={
            "speed": Numeric(dtype="float64"),
            "miles": Numeric(dtype="int64"),
            "carrier": Categorical(null_values=["-"]),
            "weight": Numeric(dtype="int64"),
            "code": Categorical(),
        },
        label=Label(column="y"),
        computed={
            "speed": parse_expression("miles / hours", {"miles": "integer", "hours": "double"}),
            "code": parse_expression("concat(carrier, s, hour(t))", {"carrier": "text", "s": "text", "t": "instant"}),
        },
        columns={"miles": "int64", "hours": "float64", "carrier": "bytes", "t": "instant", "s": "bytes"},
        null_tokens=["NA"],
    )


def test_what_clients_send_is_columns_and_what_a_dataset_keeps_is_features_too() -> None:
    assert list(computed().kept_types.items()) == [
        ("speed", "float64"),
        ("miles", "int64"),
        ("carrier", "bytes"),
        ("weight", "int64"),
        ("code", "bytes"),
        ("hours", "float64"),
        ("t", "instant"),
        ("s", "bytes"),
    ]
    assert list(computed().raw_types) == ["miles", "carrier", "weight", "hours", "t", "s"]
    assert computed().raw_types.items() <= computed().kept_types.items()


def test_formats_are_of_columns_of_times_and_travel_with_the_rules_of_text() -> None:
    plain = computed()
    written = TimeFormat(format="%d.%m.%Y")
    schema = plain.model_copy(update={"time_formats": {"t": written}})
    assert schema.text_rules == {"t": TextRule(time=written)}
    assert plain.text_rules == {}
    assert schema.fingerprint() != plain.fingerprint()
    assert "time_formats" in plain.model_dump()
    assert Schema.model_validate(schema.model_dump()) == schema
    earlier = plain.model_dump()
    del earlier["time_formats"]
    assert Schema.model_validate(earlier).fingerprint() == plain.fingerprint()
    for name in ("s", "miles", "absent"):
        with pytest.raises(ValidationError, match=f"only a column of times has a format of times. Received: '{name}'"):
            Schema.model_validate({**plain.model_dump(), "time_formats": {name: written}})


def test_a_whole_number_keeps_its_bits_where_an_expression_reads_it() -> None:
    assert computed().raw_columns("integer") == ["miles", "t"]
    assert computed().raw_columns("number") == ["weight", "hours"]
    assert computed().raw_columns("token") == ["carrier", "s"]


def test_without_computed_features_columns_are_features() -> None:
    one = schema(a=Numeric(dtype="int64"), b=Categorical())
    assert one.raw_types == one.kept_types == {"a": "int64", "b": "bytes"}
    assert (one.raw_columns("number"), one.raw_columns("token"), one.raw_columns("integer")) == (["a"], ["b"], [])


def test_a_column_that_is_no_feature_has_the_null_tokens_of_the_source() -> None:
    assert computed().column_nulls("carrier") == ["", "-", "NA"]
    assert computed().column_nulls("s") == computed().column_nulls("t") == ["", "NA"]


def test_a_schema_with_computed_features_survives_json_and_has_a_fingerprint_of_its_own() -> None:
    one = computed()
    assert Schema.model_validate_json(one.model_dump_json()) == one
    other = {**one.computed, "speed": parse_expression("hours / miles", {"miles": "integer", "hours": "double"})}
    changed = [{"computed": other}, {"computed": {}}, {"columns": {**one.columns, "hours": "int64"}}]
    prints = {one.fingerprint(), *(one.model_copy(update=change).fingerprint() for change in changed)}
    assert len(prints) == 4


def test_fingerprints_without_computed_features_are_those_of_earlier_releases() -> None:
    plain = Schema(
        features={"n": Numeric(dtype="int64", indicator=True), "c": Categorical(null_values=["-"])},
        label=Label(column="y"),
        null_tokens=["", "NA"],
    )
    assert plain.fingerprint() == "12d970ad0d6465b216940b4a22a481b1ffd7e45c931ba35d3e96790cf18e519e"
    derived = Schema(features={"n": Numeric(dtype="float64")}, label=Label(expression="m > 1"), derive={"m": "n * 2"})
    assert derived.fingerprint() == "62f7441d83281a6b6decc3a1a8730f86c185b71fb437c3df1d66560add77d2a8"
