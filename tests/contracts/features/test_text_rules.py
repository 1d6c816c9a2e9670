"""Options of features for text: what they may be, and that a schema without them keeps its fingerprint."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features import Categorical, Hashed, Numeric, TextRule
from contracts.schema import Label, Schema

EARLIER = "2bd612d1720a9ea69c7ef927157dd94c80cfbceecd92b41c42536712324b4817"
"""The fingerprint that releases without these options gave the schema below."""


def schema(**features: Any) -> Schema:
    return Schema(features=features, label=Label(column="y"))


def test_rules_are_of_the_features_that_have_one() -> None:
    made = schema(
        a=Numeric(dtype="float64", prefix="$", thousands_separator=","),
        b=Categorical(fold_case=True),
        c=Hashed(buckets=8, strip=True),
        d=Categorical(),
    )
    assert made.text_rules == {
        "a": TextRule(prefix="$", thousands_separator=","),
        "b": TextRule(fold_case=True),
        "c": TextRule(strip=True),
    }
    assert [rule.changes_tokens for rule in made.text_rules.values()] == [False, True, True]


@pytest.mark.parametrize(
    "fields",
    [{"prefix": " $"}, {"suffix": "2%"}, {"prefix": "-"}, {"decimal_point": "\u066b"}, {"thousands_separator": "ab"}],
)
def test_what_is_part_of_a_number_is_no_affix(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="must be"):
        Numeric.model_validate(fields)


def test_both_marks_differ_and_reserved_tokens_are_as_read() -> None:
    with pytest.raises(ValidationError, match="must differ"):
        schema(a=Numeric(dtype="float64", decimal_point=",", thousands_separator=","))
    with pytest.raises(ValidationError, match=r"must be as it is read, 'yes'\. Received: 'Yes'"):
        schema(a=Categorical(reserved=["Yes"], fold_case=True))


def test_a_schema_without_rules_keeps_its_fingerprint() -> None:
    plain = schema(a=Numeric(dtype="float64", indicator=False), b=Categorical(), c=Hashed(buckets=8))
    earlier = json.loads(plain.model_dump_json())
    for field in ("skip_initial_space", "decimal_point", "thousands_separator"):
        del earlier[field]
    for feature, fields in {"a": Numeric, "b": Categorical, "c": Hashed}.items():
        for field in fields.later_fields:
            del earlier["features"][feature][field]
    for field in Label.later_fields:
        del earlier["label"][field]
    assert Schema.model_validate(earlier) == plain
    assert plain.fingerprint() == EARLIER
    assert schema(a=Numeric(dtype="float64", suffix="%"), b=Categorical(), c=Hashed(buckets=8)).fingerprint() != EARLIER


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"column": "y", "kind": "regression", "strip": True}, "this label is a number"),
        ({"expression": "a = 'yes'", "fold_case": True}, "is a condition"),
        ({"expression": "a", "kind": "multiclass", "positive": "yes"}, "column of a binary label"),
        ({"column": "y", "kind": "multiclass", "positive": "yes"}, "column of a binary label"),
        ({"column": "y", "positive": "Yes", "fold_case": True}, "must be as it is read, 'yes'. Received: 'Yes'"),
    ],
)
def test_options_of_text_are_of_labels_that_are_text(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Label.model_validate(fields)


def test_the_labels_rule_is_one_of_the_columns_and_not_of_the_features() -> None:
    features: dict[str, Any] = {"b": Categorical(fold_case=True)}
    label = Label(column="y", kind="multiclass", strip=True)
    made = Schema(features=features, label=label)
    assert made.text_rules == {"b": TextRule(fold_case=True)}
    assert made.column_rules == {"b": TextRule(fold_case=True), "y": TextRule(strip=True)}
    expression = Label(expression="upper(y)", kind="multiclass", fold_case=True)
    assert Schema(features=features, label=expression).column_rules == made.text_rules
    plain = Schema(features=features, label=Label(column="y", kind="multiclass"))
    assert made.fingerprint() != plain.fingerprint()
