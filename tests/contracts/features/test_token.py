"""The spelling of kinds that read tokens: canonical in what is made from now on, as it was written in what there is."""

from __future__ import annotations

import pytest

from contracts.features import Categorical, Feature, Hashed, Numeric
from contracts.schema import Label, Schema


def schema_of(feature: Feature) -> Schema:
    return Schema(features={"x": feature}, label=Label(column="y"), null_tokens=["", "NA", "-999"])


@pytest.mark.parametrize("feature", [Categorical(), Hashed(buckets=3)])
def test_a_stored_feature_without_a_spelling_keeps_its_text_and_a_new_one_is_canonical(
    feature: Categorical | Hashed,
) -> None:
    assert not feature.respells
    assert schema_of(feature).respelled == {}
    made = feature.with_type("bytes")
    assert (made.spelling, made.respells) == ("canonical", True)
    written = feature.model_copy(update={"spelling": "written"})
    assert written.with_type("bytes") == written
    assert not Numeric(dtype="int64").respells


def test_null_tokens_are_spelled_as_the_values_are() -> None:
    feature = Categorical(spelling="canonical", null_values=["7.50", "True"])
    assert schema_of(feature).respelled == {"x": ["", "-999", "7.5", "7.50", "NA", "True", "true"]}
    assert schema_of(Categorical(null_values=["7.50"])).nulls_of("x") == ["", "-999", "7.50", "NA"]


def test_reserved_tokens_are_spelled_and_stay_distinct() -> None:
    made = Categorical(reserved=["UA", "101.0"]).with_type("bytes")
    assert made.reserved == ["UA", "101"]
    assert [*made.conflicts([])] == []
    twice = Categorical(reserved=["3.1", "3.10"]).with_type("bytes")
    (conflict,) = twice.conflicts([])
    assert conflict.place == ("reserved", 1)
    assert "set the feature's spelling to written" in conflict.message
