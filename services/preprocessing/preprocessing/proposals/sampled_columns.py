"""Columns of the sample: their distinct values with counts, and the types that they parse as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.messages.schemas import TokenShare
from contracts.schema import ValueType
from preprocessing.proposals.sample_rows import Sample
from sources.arrays import Bools, Float64s, Int64s
from sources.values.text_values import Spelling, typed

MISSING = -1
"""The code of a row without a value."""

_SHOWN = 5
_LONGEST_SHOWN = 80
_DATE = (
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|"
    r"\d{1,2}[- ][A-Za-z]{3,9}[- ](\d{4}|\d{2})|[A-Za-z]{3,9} \d{1,2}, \d{4})"
)
_CLOCK = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?"
_TIME = rf"^\s*{_DATE}([T ]{_CLOCK})?\s*$"
_LEADING_ZERO = r"^\s*0[0-9]+\s*$"
_WHOLE = r"^\s*-?[0-9]+\s*$"
_NUMBER_LIKE = "^[ \\t]*-?[0-9.,][0-9.,' \u00a0\u202fEe+-]*$"
_INFINITE = r"|[+-]?inf(inity)?|-?nan"


@dataclass(frozen=True)
class Column:
    """One column: `codes` [rows] index its distinct values, `MISSING` for missing ones; `counts` are their frequencies.

    `type`: the column's type in a typed format; else None.
    """

    name: str
    codes: Int64s
    values: pa.Array
    counts: Int64s
    spelling: Spelling
    type: ValueType | None = None

    @property
    def present(self) -> int:
        """Return the number of rows that have a value."""
        return int(self.counts.sum())

    @property
    def missing(self) -> int:
        """Return the number of rows without a value."""
        return len(self.codes) - self.present

    @property
    def distinct(self) -> int:
        """Return the number of distinct values."""
        return len(self.counts)

    @cached_property
    def text(self) -> pa.Array:
        """Return the distinct values as text; those that are not UTF-8 are empty."""
        try:
            return self.values.cast(pa.string())
        except pa.ArrowInvalid:
            decoded = [_decoded(value) for value in cast("list[bytes]", self.values.to_pylist())]
            return pa.array(decoded, pa.string())

    @cached_property
    def numbers(self) -> Float64s:
        """Return each distinct value as a number, parsed as by a dataset job; NaN if it is not one."""
        return _numbers(self.values, self._matching(_number_pattern(self.spelling)), "float64", self.spelling)

    @cached_property
    def wholes(self) -> Bools:
        """Return for each distinct value whether a dataset job parses it as a whole number."""
        candidates = self._matching(_number_pattern(self.spelling)) & ~self._matching(r"[.eEnN]")
        return ~np.isnan(_numbers(self.values, candidates, "int64", self.spelling))

    def whole_numbers(self) -> list[int | None]:
        """Return each distinct value as a dataset job reads it as a whole number, exactly; None if it is not one."""
        candidates = pc.if_else(pa.array(self.wholes), self.values, None)
        return cast("list[int | None]", typed(candidates, "int64", self.spelling)[0].to_pylist())

    @cached_property
    def are_numbers(self) -> Bools:
        """Return for each distinct value whether it is a number; `nan` and infinities are."""
        return ~np.isnan(self.numbers) | self._matching(rf"(?i)^\s*({_INFINITE[1:]})\s*$")

    @cached_property
    def times(self) -> Bools:
        """Return for each distinct value whether it is a date, with or without a time of day."""
        return self._matching(_TIME)

    @cached_property
    def leading_zeros(self) -> Bools:
        """Return for each distinct value whether it is several digits with a leading zero."""
        return self._matching(_LEADING_ZERO)

    def are_number_like(self) -> bool:
        """Return whether all values consist of digits, signs and separators."""
        return bool(self._matching(_NUMBER_LIKE).all())

    def share(self, which: Bools) -> float:
        """Return the share of non-missing rows whose distinct value is selected by `which`; 0 without any."""
        return float(self.counts[which].sum()) / max(self.present, 1)

    def top(self, which: Bools | None = None) -> list[TokenShare]:
        """Return the most frequent distinct values, ties in file order."""
        order = np.argsort(-self.counts, kind="stable")
        chosen = (order if which is None else order[which[order]])[:_SHOWN]
        return [
            TokenShare(value=shown(self.values[int(index)].as_py()), count=int(self.counts[index])) for index in chosen
        ]

    def tokens(self) -> list[str]:
        """Return the distinct values as text, in file order."""
        return cast("list[str]", self.text.to_pylist())

    def spelled_as(self, usual: frozenset[str]) -> dict[str, int]:
        """Return the distinct values that are in `usual` once trimmed, with their counts."""
        trimmed = pc.utf8_trim_whitespace(self.text)
        matches = _bools(pc.and_(pc.is_in(trimmed, value_set=pa.array(sorted(usual))), pc.not_equal(self.text, "")))
        return {self.text[int(index)].as_py(): int(self.counts[index]) for index in np.flatnonzero(matches)}

    def without(self, tokens: Iterable[str]) -> Column:
        """Return the column with the rows that hold exactly one of the tokens missing."""
        spelled = pa.array([token.encode() for token in tokens], pa.binary())
        gone = _bools(pc.is_in(self.values, value_set=spelled))
        if not gone.any():
            return self
        places = np.where(gone, MISSING, np.cumsum(~gone) - 1)
        codes = np.append(places, MISSING)[self.codes]
        keep = ~gone
        return Column(self.name, codes, self.values.filter(pa.array(keep)), self.counts[keep], self.spelling, self.type)

    def spelled(self, spelling: Spelling) -> Column:
        """Return the column with another number format."""
        return Column(self.name, self.codes, self.values, self.counts, spelling, self.type)

    def row_numbers(self) -> Float64s:
        """Return numbers [rows]; NaN where missing or not a number."""
        return np.append(self.numbers, np.nan)[self.codes]

    def distinct_estimated(self, *, complete: bool) -> int:
        """Return Chao's lower bound of the number of distinct values in all of the data."""
        if complete or not self.distinct:
            return self.distinct
        once, twice = int((self.counts == 1).sum()), int((self.counts == 2).sum())
        unseen = once * once / (2 * twice) if twice else once * (once - 1) / 2
        return self.distinct + round(unseen)

    def _matching(self, pattern: str) -> Bools:
        return _bools(pc.match_substring_regex(self.text, pattern))


def columns_of(sample: Sample, types: Mapping[str, ValueType | None]) -> dict[str, Column]:
    """Return the readable columns by name."""
    by_name: dict[str, Column] = {}
    for name, values in sample.values.items():
        encoded = cast("pa.DictionaryArray", pc.dictionary_encode(values.combine_chunks()))
        if isinstance(encoded, pa.ChunkedArray):
            encoded = cast("pa.DictionaryArray", encoded.combine_chunks())
        codes = encoded.indices.fill_null(MISSING).to_numpy(zero_copy_only=False).astype(np.int64)
        counts = np.bincount(codes[codes >= 0], minlength=len(encoded.dictionary)).astype(np.int64)
        by_name[name] = Column(name, codes, encoded.dictionary, counts, Spelling(()), types.get(name))
    return by_name


def duplicate_rows(columns: Iterable[Column], rows: int) -> int:
    """Return the number of rows that are equal to an earlier one in all of the columns."""
    groups, count = np.zeros(rows, np.int64), min(rows, 1)
    for column in columns:
        if count == rows:
            return 0
        distinct, groups = np.unique(groups * (column.distinct + 1) + column.codes - MISSING, return_inverse=True)
        count = len(distinct)
    return rows - count


def _bools(mask: pa.Array) -> Bools:
    return np.asarray(mask.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)  # noqa: FBT003 - Arrow's argument


def _number_pattern(spelling: Spelling) -> str:
    point = re.escape(spelling.decimal_point)
    mark = "" if spelling.thousands_separator is None else re.escape(spelling.thousands_separator)
    digits = rf"([0-9]+|[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+)" if mark else "[0-9]+"
    around = "[ \\t\u00a0\u202f]*"
    before = "" if spelling.prefix is None else rf"({re.escape(spelling.prefix)}{around})?[+-]?"
    after = "" if spelling.suffix is None else rf"({around}{re.escape(spelling.suffix)})?"
    return rf"^[ \t]*-?{before}({digits}({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?{after}[ \t]*$"


def _numbers(values: pa.Array, candidates: Bools, kind: ValueType, spelling: Spelling) -> Float64s:
    """Return the candidates as numbers; NaN for other values and for those that a dataset job rejects."""
    numbers = np.full(len(values), np.nan)
    if candidates.any():
        parsed, _ = typed(values.filter(pa.array(candidates)), kind, spelling)
        doubles = parsed.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        numbers[candidates] = doubles
    return numbers


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return ""


def shown(value: bytes) -> str:
    """Return a value for display: truncated, with bytes that are not UTF-8 in hex."""
    text = value[: 4 * _LONGEST_SHOWN].decode(errors="backslashreplace")
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
