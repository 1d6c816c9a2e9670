"""Categorical features: reserved tokens, the size of the vocabulary, and the first token's id."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features.base import Conflict
from contracts.features.categorical import Categorical


def test_by_default_every_token_is_kept() -> None:
    one = Categorical()
    assert (one.min_count, one.reserved, one.max_size, one.oov_buckets) == (1, [], None, 1)


@pytest.mark.parametrize(("buckets", "first"), [(1, 2), (7, 8)])
def test_the_first_token_comes_after_missing_and_out_of_vocabulary(buckets: int, first: int) -> None:
    assert Categorical(oov_buckets=buckets).first_token_id == first


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"reserved": ["a", "b", "a"]}, "reserved", "Received twice: 'a'"),
        ({"reserved": [""]}, 0, "at least 1 character"),
        ({"reserved": ["a", "b"], "max_size": 1}, "max_size", "hold the 2 reserved tokens. Received: 1"),
        ({"max_size": 0}, "max_size", "greater than or equal to 1"),
        ({"min_count": 0}, "min_count", "greater than or equal to 1"),
        ({"oov_buckets": 0}, "oov_buckets", "greater than or equal to 1"),
        ({"impute": "mean"}, "impute", "Extra"),
    ],
)
def test_contradictions_are_refused_at_their_field(fields: dict[str, Any], place: str | int, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Categorical.model_validate(fields)
    (error,) = caught.value.errors()
    assert message in error["msg"]
    assert place in error["loc"]


def test_a_size_may_be_that_of_the_reserved_tokens() -> None:
    assert Categorical(reserved=["a", "b"], max_size=2).max_size == 2


def test_a_reserved_token_cannot_mean_a_missing_value() -> None:
    one = Categorical(reserved=["a", "-", "NA"])
    assert list(one.conflicts(["", "-"])) == [
        Conflict(("reserved", 1), "a reserved token cannot be a null token. Received: '-'")
    ]
    assert [conflict.place for conflict in one.conflicts(["NA", "a"])] == [("reserved", 0), ("reserved", 2)]


def test_its_column_is_tokens_and_its_input_an_id() -> None:
    one = Categorical()
    assert (one.column_type, one.value_type) == ("token", "bytes")
    assert (one.number_inputs("a"), one.indicator_inputs("a"), one.id_inputs("a")) == ([], [], ["a"])
    assert one.vocabulary is one


@pytest.mark.parametrize(
    ("feature", "distinct", "holds_all"),
    [
        (Categorical(), 10**6, True),
        (Categorical(min_count=2), 1, False),
        (Categorical(max_size=3), 3, True),
        (Categorical(max_size=3), 4, False),
        (Categorical(max_size=3, reserved=["a"]), 3, False),
        (Categorical(max_size=4, reserved=["a"]), 3, True),
    ],
)
def test_a_vocabulary_without_limits_holds_every_token(feature: Categorical, distinct: int, holds_all: bool) -> None:
    assert feature.holds_all(distinct) is holds_all
