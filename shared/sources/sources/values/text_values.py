"""Text to typed values, by the rules of Arrow's CSV reader, for readers that cannot use it.

A null token is null, whether quoted or not. A number may have spaces and tabs around it, and groups of digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never, cast

import pyarrow as pa
import pyarrow.compute as pc

from contracts.features import null_numbers
from contracts.schema import ValueType

ARROW_TYPES: dict[ValueType, pa.DataType] = {"int64": pa.int64(), "float64": pa.float64(), "bytes": pa.binary()}


@dataclass(frozen=True)
class Spelling:
    """Null tokens and number format of a column."""

    null_tokens: tuple[str, ...]
    decimal_point: str = "."
    thousands_separator: str | None = None


def typed(text: pa.Array, kind: ValueType, spelling: Spelling) -> tuple[pa.Array, list[int]]:
    """Convert a binary array to `kind`, null where missing. Return also the ascending positions of values that do not parse.

    Those are null, too. As `bytes`, every text is valid.
    """
    present = _present(text, spelling)
    match kind:
        case "bytes":
            return present, []
        case "int64" | "float64":
            return _parsed(present, kind, spelling)
        case _:
            assert_never(kind)


def _parsed(present: pa.Array, kind: ValueType, spelling: Spelling) -> tuple[pa.Array, list[int]]:
    numbers, wrong = _plain_numbers(_trimmed(present), kind, spelling)
    target = ARROW_TYPES[kind]
    try:
        return numbers.cast(target), wrong
    except pa.ArrowInvalid:
        wrong = sorted({*wrong, *refused(numbers, lambda part: part.cast(target))})
    return _without(numbers, wrong).cast(target), wrong


def is_typed(text: pa.Array, kind: ValueType, spelling: Spelling) -> bool:
    """Return true if every value parses as `kind`; faster than `typed`, since it does not search for the positions."""
    match kind:
        case "bytes":
            return True
        case "int64" | "float64":
            numbers, wrong = _plain_numbers(_trimmed(_present(text, spelling)), kind, spelling)
        case _:
            assert_never(kind)
    try:
        numbers.cast(ARROW_TYPES[kind])
    except pa.ArrowInvalid:
        return False
    return not wrong


def _present(text: pa.Array, spelling: Spelling) -> pa.Array:
    tokens = pa.array([token.encode() for token in spelling.null_tokens], pa.binary())
    return pc.if_else(pc.is_in(text, value_set=tokens), pa.scalar(None, pa.binary()), text)


def _trimmed(values: pa.Array) -> pa.Array:
    return pc.ascii_trim(values.view(pa.string()), characters=" \t")


def as_number(token: str) -> float | None:
    """Return a null token as a number; None if it is not one."""
    try:
        return float(token)
    except ValueError:
        return None


def without_numbers(values: pa.Array, tokens: Sequence[str]) -> pa.Array:
    """Return a numeric array with null where a value equals, as a float32, one of the tokens that are numbers."""
    numbers = null_numbers(tokens)
    if not numbers:
        return values
    rounded = values.cast(pa.float64(), safe=False).cast(pa.float32(), safe=False)
    missing = pc.is_in(rounded, value_set=pa.array(numbers, pa.float32()))
    return pc.if_else(missing, pa.scalar(None, values.type), values)


def refused(values: pa.Array, convert: Callable[[pa.Array], object], first: int = 0) -> list[int]:
    """Return the positions, counted from `first`, of the values for which `convert` raises `ArrowInvalid`, by bisection."""
    try:
        convert(values)
    except pa.ArrowInvalid:
        if len(values) == 1:
            return [first]
        half = len(values) // 2
        return [*refused(values[:half], convert, first), *refused(values[half:], convert, first + half)]
    return []


def _plain_numbers(text: pa.Array, kind: ValueType, spelling: Spelling) -> tuple[pa.Array, list[int]]:
    """Return numbers in the format of Arrow's casts, and the positions with a misplaced group or decimal point."""
    wrong: list[int] = []
    if spelling.thousands_separator is not None:
        text, misplaced = _without_groups(text, spelling.thousands_separator, spelling.decimal_point)
        wrong += misplaced
    if spelling.decimal_point != "." and kind == "float64":
        misplaced = _positions(pc.match_substring(text, "."))
        text = pc.replace_substring(_without(text, misplaced), spelling.decimal_point, ".")
        wrong += misplaced
    return text, wrong


def _without_groups(text: pa.Array, separator: str, point: str) -> tuple[pa.Array, list[int]]:
    grouped = pc.match_substring(text, separator)
    if not pc.any(grouped).as_py():
        return text, []
    mark = re.escape(separator)
    number = rf"^[+-]?[0-9]{{1,3}}({mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}({re.escape(point)}[0-9]*)?([eE][+-]?[0-9]+)?$"
    misplaced = _positions(pc.and_not(grouped, pc.match_substring_regex(text, number)))
    return pc.replace_substring(_without(text, misplaced), separator, ""), misplaced


def _positions(mask: pa.Array) -> list[int]:
    return cast("list[int]", pc.indices_nonzero(mask.fill_null(False)).to_pylist())  # noqa: FBT003 - Arrow's argument


def _without(values: pa.Array, positions: Sequence[int]) -> pa.Array:
    """Return the values with null at the positions."""
    if not positions:
        return values
    keep = [True] * len(values)
    for position in positions:
        keep[position] = False
    return pc.if_else(pa.array(keep), values, pa.scalar(None, values.type))
