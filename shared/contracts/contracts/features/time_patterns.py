"""Patterns of dates and times, as `%m/%d/%Y %H:%M`: the directives of C's and Python's `strptime` that have one meaning.

| directives | |
|---|---|
| `%Y`, `%y` | year of four digits, or of two: 69 to 99 are of the 20th century, 00 to 68 of the 21st |
| `%m`, `%b`, `%B`, `%d`, `%j` | month as a number or an English name, day of the month or of the year |
| `%a`, `%A` | English name of the weekday, which is read over |
| `%H`, `%I` with `%p`, `%M`, `%S`, `%f` | time of day; a fraction of a second has one to nine digits |
| `%z` | offset from UTC: `Z`, `+02`, `+0200`, `+02:00` |
| `%%` | a percent sign |

Spaces stand for one or more spaces or tabs, all other characters for themselves. Letters may be of either case. Numbers may come
without leading zeros, but where digits stand at their side: `%Y%m%d` is eight digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

Directive = Literal["Y", "y", "m", "b", "B", "d", "j", "a", "A", "H", "I", "p", "M", "S", "f", "z"]

WIDTHS: dict[Directive, int] = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "H": 2, "I": 2, "M": 2, "S": 2, "f": 9}
"""Most digits of each number."""
_FIXED: frozenset[Directive] = frozenset({"Y", "y"})
_TOKEN = re.compile(r"%(.?)|([ \t]+)|([^% \t]+)", re.DOTALL)
_MONTHS: frozenset[Directive] = frozenset({"m", "b", "B"})
_ALIKE: tuple[frozenset[Directive], ...] = (
    frozenset({"Y", "y"}),
    _MONTHS,
    frozenset({"d", "j"}),
    frozenset({"H", "I"}),
    frozenset({"a", "A"}),
)


@dataclass(frozen=True)
class Part:
    """A part of a pattern: a directive, literal bytes, or spaces, of which all three are None or empty.

    `is_full`: a number that has all of its digits, since another digit stands before or after.
    """

    directive: Directive | None = None
    literal: bytes = b""
    is_full: bool = False

    @property
    def starts_with_digit(self) -> bool:
        """Return true if a digit is its first character."""
        return self.directive in WIDTHS or self.literal[:1].isdigit()

    @property
    def ends_with_digit(self) -> bool:
        """Return true if a digit is its last character."""
        return self.directive in {*WIDTHS, "z"} or self.literal[-1:].isdigit()


@cache
def parts_of(pattern: str) -> tuple[Part, ...]:
    """Return the parts of a pattern. Raises `ValueError` for one that is not of a date, or means two things.

    >>> [part.directive or part.literal for part in parts_of("%Y%m-%d")], parts_of("%Y%m-%d")[0].is_full
    (['Y', 'm', b'-', 'd'], True)
    """
    parts = [_part(match, pattern) for match in _TOKEN.finditer(pattern)]
    parts = [
        Part(part.directive, part.literal, _is_full(before, part, after))
        for before, part, after in zip([Part(), *parts[:-1]], parts, [*parts[1:], Part()], strict=True)
    ]
    _check([part.directive for part in parts if part.directive is not None], pattern)
    return tuple(parts)


def _part(match: re.Match[str], pattern: str) -> Part:
    letter, spaces, literal = match.groups()
    if literal is not None or letter == "%":
        return Part(literal=(literal or "%").encode())
    if spaces is not None:
        return Part()
    if letter in WIDTHS or letter in {"b", "B", "a", "A", "p", "z"}:
        return Part(cast("Directive", letter))
    known = " ".join(f"%{name}" for name in "YymbBdjaAHIpMSfz")
    raise ValueError(f"%{letter} is no directive of a format; those are {known} and %%. Received: {pattern!r}")


def _is_full(before: Part, part: Part, after: Part) -> bool:
    has_digits_around = before.ends_with_digit or after.starts_with_digit
    return part.directive in _FIXED or (part.directive in WIDTHS and has_digits_around)


def _check(directives: list[Directive], pattern: str) -> None:
    used = set(directives)
    for alike in _ALIKE:
        if len(both := [name for name in directives if name in alike]) > 1:
            shown = " and ".join(f"%{name}" for name in both)
            raise ValueError(f"a format has a part of a date once, and {shown} are of one. Received: {pattern!r}")
    twice = [name for name in used if directives.count(name) > 1]
    if twice:
        raise ValueError(f"a format has each directive once, and %{min(twice)} twice. Received: {pattern!r}")
    if not used & {"Y", "y"}:
        raise ValueError(
            "a format is auto, unix_s, unix_ms, unix_us, unix_ns, or a pattern with a year, as %Y-%m-%d %H:%M. "
            f"Received: {pattern!r}"
        )
    if ("d" in used and not used & _MONTHS) or ("j" in used and used & _MONTHS):
        raise ValueError(
            f"a day is one of a month, %m, %b or %B with %d, or one of the year, %j. Received: {pattern!r}"
        )
    if ("I" in used) != ("p" in used):
        raise ValueError(f"%I and %p, hours to 12 with AM or PM, stand together. Received: {pattern!r}")
