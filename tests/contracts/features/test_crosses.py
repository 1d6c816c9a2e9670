"""Crosses of two features: their default name, and what cannot be crossed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features.crosses import Cross


def test_a_cross_is_named_after_its_features() -> None:
    assert Cross.model_validate({"features": ["a", "b"], "buckets": 3}).name == "a_x_b"
    assert Cross.model_validate({"features": ["a", "b"], "buckets": 3, "name": "ab"}).name == "ab"


def test_a_cross_survives_json_with_the_name_that_it_had_by_default() -> None:
    one = Cross(features=["b", "a"], buckets=3)
    assert one.name == "b_x_a"
    assert Cross.model_validate_json(one.model_dump_json()) == one
    assert one != Cross(features=["a", "b"], buckets=3)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": ["a", "a"], "buckets": 3}, "with itself"),
        ({"features": ["a"], "buckets": 3}, "at least 2"),
        ({"features": ["a", "b", "c"], "buckets": 3}, "at most 2"),
        ({"features": ["a", 1], "buckets": 3}, "valid string"),
        ({"features": ["a", "b"], "buckets": 0}, "greater than or equal"),
        ({"features": ["a", "b"], "buckets": 3, "name": ""}, "at least 1"),
        ({"features": ["a", "b"]}, "Field required"),
        ({"features": "ab", "buckets": 3}, "valid list"),
        ({"buckets": 3}, "Field required"),
    ],
)
def test_a_cross_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Cross.model_validate(fields)


def test_the_schema_shows_no_default_name() -> None:
    assert "default" not in Cross.model_json_schema()["properties"]["name"]
