from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.dataset import SplitContent, dataset_fingerprint
from contracts.errors import CorruptData
from contracts.input_rules import number_rules
from contracts.schema import Categorical, Feature, Label, Numeric, Schema, SplitName
from contracts.source import DelimitedText
from contracts.statistics import (
    FeatureStatistics,
    LabelStatistics,
    NumericStatistics,
    SplitStatistics,
    Statistics,
    TokenCount,
)
from contracts.vocabulary import Vocabulary


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
    assert list(one.numeric) == one.indicators == ["a"]
    assert list(one.categorical) == ["b"]


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


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"delimiter": ",,"}, "one ASCII character"),
        ({"quote": "é"}, "one ASCII character"),
        ({"quote": ","}, "must differ"),
        ({"header": False}, "columns must name"),
        ({"columns": ["a", "a"]}, "'a'"),
        ({"uris": []}, "at least 1"),
        ({"colour": 1}, "extra"),
    ],
)
def test_a_source_that_cannot_be_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=f"(?i){message}"):
        DelimitedText.model_validate({"format": "csv", "uris": ["x"], **fields})


@given(tokens=st.lists(st.binary(max_size=30), unique=True, max_size=30))
def test_a_vocabulary_keeps_any_bytes(tokens: list[bytes]) -> None:
    one = Vocabulary.of(tokens, list(range(len(tokens))))
    again = Vocabulary.from_buffer(one.to_bytes())
    assert again.tokens.to_pylist() == tokens
    assert again.counts.to_pylist() == list(range(len(tokens)))


def test_a_vocabulary_that_is_none_is_damaged() -> None:
    with pytest.raises(CorruptData, match="carrier"):
        Vocabulary.from_buffer(b"not arrow", "carrier")


@given(token=st.binary(max_size=20))
def test_token_counts_survive_json(token: bytes) -> None:
    one = TokenCount.of(token, 3)
    again = TokenCount.model_validate_json(one.model_dump_json())
    assert again == one
    assert again.token == token


def test_fingerprints_of_datasets_depend_on_every_part() -> None:
    one = schema(a=Categorical())
    content: dict[SplitName, SplitContent] = {"train": SplitContent(rows=2, content="0" * 16)}
    base = dataset_fingerprint(one, content, {"a": "x"})
    assert base == dataset_fingerprint(one, dict(content), {"a": "x"})
    assert base != dataset_fingerprint(one, content, {"a": "y"})
    assert base != dataset_fingerprint(one, {"train": SplitContent(rows=2, content="1" * 16)}, {"a": "x"})


def test_inputs_of_columns_without_spread_or_values_are_defined() -> None:
    def found(mean: float | None, std: float | None) -> NumericStatistics:
        count = 0 if mean is None else 3
        return NumericStatistics(
            count=count, missing=3 - count, infinite=0, zeros=0, negative=0, mean=mean, std=std, min=mean, max=mean
        )

    features: dict[str, FeatureStatistics] = {
        "empty": found(None, None),
        "same": found(7.0, 0.0),
        "tiny": found(1.0, 1e-300),
        "wide": found(2.0, 4.0),
    }
    split = SplitStatistics(rows=3, features=features, label=LabelStatistics(count=3, positives=1))
    rules = number_rules(
        schema(**{name: Numeric(dtype="float64") for name in features}), Statistics(splits={"train": split})
    ).scaled
    assert [(rule.fill, rule.center, rule.divisor) for rule in rules] == [
        (0.0, 0.0, 1.0),
        (7.0, 7.0, 1.0),
        (1.0, 1.0, 1.0),
        (2.0, 2.0, 4.0),
    ]
