"""Names, time limits, and the strictness that every message and manifest inherits."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.base_model import FrozenModel, Name, Timeout


class Thing(FrozenModel):
    name: Name = "a"
    timeout: Timeout = None
    size: int = 0
    share: float = 0.0


@pytest.mark.parametrize("name", ["a", "0", "Flights_2026.June-1", "x" * 100])
def test_usual_names_are_valid(name: str) -> None:
    assert Thing(name=name).name == name


@pytest.mark.parametrize("name", ["", ".", "..", ".a", "_a", "-a", "a/b", "a\\b", "a b", "ä", "a\n", "a\0", "x" * 101])
def test_a_name_cannot_leave_its_folder_or_hide(name: str) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        Thing(name=name)


def test_a_timeout_is_more_than_nothing() -> None:
    assert Thing(timeout=0.5).timeout == 0.5
    for seconds in (0, -1):
        with pytest.raises(ValidationError, match="greater than 0"):
            Thing(timeout=seconds)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"colour": 1}, "Extra inputs are not permitted"),
        ({"size": "3"}, "valid integer"),
        ({"size": 3.0}, "valid integer"),
        ({"size": True}, "valid integer"),
        ({"share": "0.5"}, "valid number"),
        ({"share": float("nan")}, "finite number"),
        ({"share": float("inf")}, "finite number"),
    ],
)
def test_a_value_is_of_its_type_and_known(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Thing.model_validate(fields)


def test_a_whole_number_is_a_number_too() -> None:
    assert Thing.model_validate({"share": 1}).share == 1.0
    assert Thing.model_validate_json('{"share": 1}').share == 1.0


def test_a_value_never_changes_and_equals_its_like() -> None:
    thing = Thing(size=1)
    with pytest.raises(ValidationError, match="frozen"):
        thing.size = 2  # pyright: ignore[reportAttributeAccessIssue]  # that is what must fail
    assert thing == Thing(size=1)
    assert hash(thing) == hash(Thing(size=1))
