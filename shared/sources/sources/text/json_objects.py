"""One line of JSON as an object. `json_lines` reads lines with Arrow only where the result is identical.

- A line is one object, nested at most `MOST_LEVELS` deep.
- A key may occur twice where no reader asks for its value: inside values, and in columns that are not requested.
- Numbers are those of JSON, of any number of digits, and `NaN`, `Inf` and `Infinity`, each with or without a minus sign.
  As a float, `-0` keeps its sign.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any, Self

import numpy as np

from sources.read_request import shown_text

MOST_LEVELS = 512
"""Levels of objects and lists in a line, its own included. Python's parser is recursive: its limit would depend on its caller."""

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Matches in a decoded line what UTF-8 cannot encode: half of an escaped pair, or a byte of invalid UTF-8."""
_MOST_DIGITS = 4300
"""Python turns no text of more digits into an int."""
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_FINITE = re.compile(r'"(?:[^"\\]++|\\.)*+"?|-NaN|Inf(?!inity)', re.DOTALL)
_PYTHON_SPELLINGS = {"-NaN": "NaN", "Inf": "Infinity"}
_OPENING, _CLOSING = np.zeros(256, np.int8), np.zeros(256, np.int8)
_OPENING[list(b"[{")] = 1
_CLOSING[list(b"]}")] = 1


class JsonObject(dict[str, Any]):
    """An object of JSON. Of a key that occurs twice it holds the last value."""

    twice: frozenset[str] = frozenset()
    """Keys that occur more than once."""

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> JsonObject:
        """Return the object of these keys and values."""
        unique = cls(pairs)
        if len(unique) != len(pairs):
            counts = Counter(name for name, _ in pairs)
            unique.twice = frozenset(name for name, count in counts.items() if count > 1)
        return unique


class MinusZero(int):
    """A whole number `-0`: zero, with its sign as a float."""

    def __float__(self) -> float:
        """Return negative zero."""
        return -0.0


class WrittenNumber(float):
    """A number with a fraction or an exponent, and its text, which may have more digits than a float."""

    text: str

    def __new__(cls, text: str) -> Self:
        """Return the nearest float, with the text that it was parsed from."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def json_object(line: bytes, *, undecodable: str = "surrogateescape") -> JsonObject:
    """Return the line's object. `undecodable`: how bytes that are not UTF-8 are decoded, as in `bytes.decode`.

    Raises `ValueError`, with the reason, for any other line.
    """
    if is_too_deep(line):
        raise ValueError(f"it is nested more than {MOST_LEVELS} levels deep")
    text = line.decode(errors=undecodable)
    if "Inf" in text or "-NaN" in text:
        text = _NOT_FINITE.sub(lambda match: _PYTHON_SPELLINGS.get(match[0], match[0]), text)
    try:
        value = json.loads(text, object_pairs_hook=JsonObject.of, parse_int=_whole, parse_float=WrittenNumber)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(value, JsonObject):
        raise ValueError(shown_text(line))  # noqa: TRY004 - bad data
    return value


def is_too_deep(line: bytes) -> bool:
    """Return true if objects and lists are nested in one another more than `MOST_LEVELS` deep."""
    if len(line) <= MOST_LEVELS or line.count(b"[") + line.count(b"{") <= MOST_LEVELS:
        return False
    marks = np.frombuffer(_STRING.sub(b"", line), np.uint8)
    return bool(np.cumsum(_OPENING[marks] - _CLOSING[marks], dtype=np.int64).max(initial=0) > MOST_LEVELS)


def _whole(digits: str) -> int | Decimal:
    if digits == "-0":
        return MinusZero()
    return int(digits) if len(digits) <= _MOST_DIGITS else Decimal(digits)
