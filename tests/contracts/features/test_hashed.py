"""Hashed features: tokens without a vocabulary."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features.hashed import Hashed


def test_its_column_is_tokens_and_its_input_an_id_without_a_vocabulary() -> None:
    one = Hashed(buckets=3)
    assert (one.column_type, one.value_type, one.vocabulary) == ("token", "bytes", None)
    assert (one.number_inputs("a"), one.indicator_inputs("a"), one.id_inputs("a")) == ([], [], ["a"])
    assert one.id_sizes("a", {}, {}) == [4]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Field required"),
        ({"buckets": 0}, "greater than or equal to 1"),
        ({"buckets": 2_000_000_001}, "less than or equal to 2000000000"),
        ({"buckets": 5.0}, "valid integer"),
        ({"buckets": 5, "min_count": 2}, "Extra"),
    ],
)
def test_a_number_of_buckets_is_needed_and_nothing_else(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Hashed.model_validate(fields)
