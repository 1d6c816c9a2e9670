"""Text to typed values, by the rules of Arrow's CSV reader, for readers that cannot use it.

A null token is null, whether quoted or not. A number may have spaces and tabs around it, and groups of digits. A whole number
is one by its value, as in JSON and Parquet: 7, 7.0 and 7e0 are the int64 7, as pandas writes a column of them with a gap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import assert_never, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.features import TextRule, TimeFormat, null_numbers
from contracts.features.text_rules import SPACES
from contracts.schema import ValueType
from sources.arrays import Int32s
from sources.values.instants import instants
from sources.values.list_text import wrong_lists
from sources.values.refused import refused

_AROUND = "[ \\t\u00a0\u202f]*"
_LARGEST_INT64 = 2**63
_DIGITS_OF_INT64 = 19
_SURROGATES = 0xD800, 0xE000
_LETTERS_END = 0x20000
"""No character from here on has a case: these are ideographs, marks and private ones."""
ARROW_TYPES: dict[ValueType, pa.DataType] = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bytes": pa.binary(),
    "instant": pa.int64(),
}


@dataclass(frozen=True)
class Spelling:
    """Null tokens of a column, and the format of its numbers or times."""

    null_tokens: tuple[str, ...]
    decimal_point: str = "."
    thousands_separator: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    time: TimeFormat | None = None
    lists: TextRule | None = None
    """The rule of a column of lists; None where a value is no list."""

    @classmethod
    def of(cls, null_tokens: Sequence[str], marks: tuple[str, str | None], rule: TextRule | None) -> Spelling:
        """Return the spelling of a column. `marks`: decimal point and thousands separator where its rule has none."""
        rule = TextRule() if rule is None else rule
        point, separator = rule.decimal_point or marks[0], rule.thousands_separator or marks[1]
        lists = None if rule.separator is None else rule
        return cls(tuple(null_tokens), point, separator, rule.prefix, rule.suffix, rule.time, lists)

    @property
    def is_plain(self) -> bool:
        """Return true if numbers are written without groups and affixes."""
        return self.thousands_separator is None and self.prefix is None and self.suffix is None


def typed(text: pa.Array, kind: ValueType, spelling: Spelling) -> tuple[pa.Array, list[int]]:
    """Convert a binary array to `kind`, null where missing. Return also the ascending positions of values that do not parse.

    Those are null, too. As `bytes`, every text is valid but for a list of numbers with another token, and a list of too many.
    """
    present = _present(text, spelling)
    match kind:
        case "bytes":
            wrong = [] if spelling.lists is None else wrong_lists(present, spelling.lists)
            return _without(present, wrong), wrong
        case "int64" | "float64":
            return _parsed(present, kind, spelling)
        case "instant":
            return _times(present, spelling)
        case _:
            assert_never(kind)


def _times(present: pa.Array, spelling: Spelling) -> tuple[pa.Array, list[int]]:
    unit = None if spelling.time is None else spelling.time.unix_unit
    if unit is None:
        return instants(present, spelling.time)
    numbers, wrong = _parsed(present, "float64" if unit == "unix_s" else "int64", spelling)
    times, out = instants(numbers, spelling.time)
    return times, sorted({*wrong, *out})


def _parsed(present: pa.Array, kind: ValueType, spelling: Spelling) -> tuple[pa.Array, list[int]]:
    numbers, wrong = _plain_numbers(_trimmed(present), kind, spelling)
    target = ARROW_TYPES[kind]
    try:
        return numbers.cast(target), wrong
    except pa.ArrowInvalid:
        if kind == "int64":
            numbers = _as_integers(numbers, spelling.decimal_point)
        wrong = sorted({*wrong, *refused(numbers, lambda part: part.cast(target))})
    return _without(numbers, wrong).cast(target), wrong


def _as_integers(numbers: pa.Array, point: str) -> pa.Array:
    """Return text in which whole numbers with a fraction or an exponent are written as integers; the rest unchanged."""
    mark = re.escape(point)
    integers = pc.replace_substring_regex(numbers, rf"^(-?[0-9]+){mark}0*$", r"\1")
    others = pc.match_substring_regex(integers, rf"^-?[0-9]*({mark}[0-9]*)?[eE][+-]?[0-9]+$").fill_null(False)  # noqa: FBT003 - Arrow's argument
    if not pc.any(others).as_py():
        return integers
    rewritten = [_as_integer(text.replace(point, ".")) or text for text in integers.filter(others).to_pylist()]
    return pc.replace_with_mask(integers, others, pa.array(rewritten, pa.string()))


def _as_integer(text: str) -> str | None:
    """Return a number with an exponent as an int64 in decimal; None if it is not one.

    Below the smallest double it is 0.
    """
    try:
        double, exact = float(text), Decimal(text)
    except (ValueError, InvalidOperation):  # no digits
        return None
    if not double:
        return "0"
    if not 0 <= exact.adjusted() < _DIGITS_OF_INT64:
        return None
    whole = int(exact)
    return str(whole) if exact == whole and -_LARGEST_INT64 <= whole < _LARGEST_INT64 else None


def is_typed(text: pa.Array, kind: ValueType, spelling: Spelling) -> bool:
    """Return true if every value is written as `kind`, without a search for those that are not: 7.0 is not, as int64.

    For the inference of types: a column with 7.0 holds numbers that may have fractions.
    """
    match kind:
        case "bytes":
            return True
        case "int64" | "float64":
            numbers, wrong = _plain_numbers(_trimmed(_present(text, spelling)), kind, spelling)
        case "instant":
            return not _times(_present(text, spelling), spelling)[1]
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


def _plain_numbers(text: pa.Array, kind: ValueType, spelling: Spelling) -> tuple[pa.Array, list[int]]:
    """Return numbers in the format of Arrow's casts, and the positions with a misplaced group or decimal point."""
    wrong: list[int] = []
    text = _without_affixes(text, spelling)
    if spelling.thousands_separator is not None:
        text, misplaced = _without_groups(text, spelling.thousands_separator, spelling.decimal_point)
        wrong += misplaced
    if spelling.decimal_point != "." and kind == "float64":
        misplaced = _positions(pc.match_substring(text, "."))
        text = pc.replace_substring(_without(text, misplaced), spelling.decimal_point, ".")
        wrong += misplaced
    return text, wrong


def _without_affixes(text: pa.Array, spelling: Spelling) -> pa.Array:
    """Return numbers without the texts that may stand around them; a sign stands before or after the prefix."""
    if spelling.prefix is not None:
        affix = rf"^([+-]?){_AROUND}{re.escape(spelling.prefix)}{_AROUND}([+-]?)"
        text = pc.replace_substring_regex(text, affix, r"\1\2")
    if spelling.suffix is not None:
        text = pc.replace_substring_regex(text, rf"{_AROUND}{re.escape(spelling.suffix)}$", "")
    return text


def read_tokens(tokens: pa.Array, rule: TextRule) -> pa.Array:
    """Return binary tokens as the rule reads them: without spaces around them, in lower case; empty ones are null."""
    if rule.strip:
        tokens = pc.ascii_trim(tokens.view(pa.string()), characters=SPACES).view(pa.binary())
    if rule.fold_case:
        tokens = _in_lower_case(tokens)
    return typed(tokens, "bytes", Spelling(("",)))[0]


def _in_lower_case(tokens: pa.Array) -> pa.Array:
    text = tokens.view(pa.string())
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:  # of bytes that are no UTF-8 the ASCII letters alone have a case
        lower = [None if token is None else _lower(token) for token in tokens.to_pylist()]
        return pa.array(lower, pa.binary())
    return pc.utf8_lower(text).cast(pa.binary())


def _lower(token: bytes) -> bytes:
    text = pa.array([token], pa.binary()).view(pa.string())
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return token.lower()
    return cast("bytes", pc.utf8_lower(text).cast(pa.binary())[0].as_py())


@cache
def lower_case_pairs() -> tuple[Int32s, Int32s]:
    """Return the characters that have another lower case, in ascending order, and those: code points, int32 [pairs] each."""
    points = np.array(
        [point for point in range(_LETTERS_END) if not _SURROGATES[0] <= point < _SURROGATES[1]], np.int32
    )
    characters = list(points.tobytes().decode("utf-32-le"))
    lower = "".join(cast("list[str]", pc.utf8_lower(pa.array(characters)).to_pylist()))
    lower_points = np.frombuffer(lower.encode("utf-32-le"), np.int32)
    is_upper = points != lower_points
    return points[is_upper], lower_points[is_upper]


def parsed_number(text: str, spelling: Spelling) -> float | None:
    """Return one number of text as a file's would be read, NaN where it is a null token; None if it is no number."""
    values, wrong = typed(pa.array([text.encode(errors="replace")], pa.binary()), "float64", spelling)
    value = values[0].as_py()
    return None if wrong else float("nan") if value is None else value


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
