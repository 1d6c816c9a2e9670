"""Patterns of dates: their parts, and what has no one meaning is refused."""

from __future__ import annotations

import pytest

from contracts.features.time_patterns import Part, parts_of


def test_a_pattern_is_directives_literals_and_spaces() -> None:
    assert parts_of("%d. %B %Y%%") == (
        Part("d"),
        Part(literal=b"."),
        Part(),
        Part("B"),
        Part(),
        Part("Y", is_full=True),
        Part(literal=b"%"),
    )
    assert parts_of("%Y年")[1] == Part(literal="年".encode())


@pytest.mark.parametrize(
    ("pattern", "full"),
    [
        ("%Y%m%d", "Ymd"),
        ("%m/%d/%Y", "Y"),
        ("%d.%m.%y", "y"),
        ("%Y-%j%H:%M", "YjH"),
        ("%Y-%m-%d1", "Yd"),
        ("%Y 1%m", "Ym"),
        ("%Y-%m-%d %H%M%z", "YHM"),
        ("%Y %b%d", "Y"),
    ],
)
def test_numbers_between_digits_have_all_of_theirs(pattern: str, full: str) -> None:
    assert "".join(part.directive or "" for part in parts_of(pattern) if part.is_full) == full


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("%Q", "%Q is no directive"),
        ("%Y-%m-%d %", "% is no directive"),
        ("%m/%d", "with a year"),
        ("text", "with a year"),
        ("%Y %y", "%Y and %y are of one"),
        ("%Y %d", "a day is one of a month"),
        ("%Y %j %m", "a day is one of a month"),
        ("%Y %j %d", "%j and %d are of one"),
        ("%Y %I", "stand together"),
        ("%Y %H %p", "stand together"),
        ("%Y %M %M", "%M twice"),
    ],
)
def test_patterns_without_one_meaning_are_refused(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as error:
        parts_of(pattern)
    assert repr(pattern) in str(error.value)
