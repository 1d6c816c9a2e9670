"""Hashes of values that do not depend on what a job makes of them.

A value has one hash for every type that it is read as: text that is a number has the number's, `true` and `false` are 1 and 0,
and a number that equals a null token of the source is missing. Null tokens and other options of single features change no hash.
A whole number that no double is, as an id of 17 digits and more may be, has the hash of its digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset.split_rule import SplitColumn
from contracts.features import null_numbers
from contracts.source import DelimitedText, RangeSource
from preprocessing.assignment.splitters.base import SplitBatch
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.fingerprint import MISSING, float_items, text_items
from preprocessing.kernels.text.text_numbers import number_items
from sources.arrays import Float32s, Float64s, Int64s, Uint64s
from sources.values.arrow_values import written_values
from sources.values.text_values import Spelling, as_number

if TYPE_CHECKING:
    from preprocessing.assignment.work import Work

_TEXT_OPTIONS = (
    *("encoding", "quote", "double_quote", "escape", "skip_initial_space", "comment"),
    *("decimal_point", "thousands_separator"),
)
_PLAIN = Spelling(())
_EXACT = 2.0**53
"""Up to here every whole number is a double."""
_WHOLE = r"^\+?(-?)0*([0-9]+?)(?:\.0*)?$"
_GROUP = "\0"
"""The mark of digit groups in hashed text in place of one that is not ASCII; no source can have it."""


def split_spelling(source: RangeSource) -> Spelling:
    """Return the spelling of numbers, and the null tokens, in the columns that decide a row's split: the source's."""
    marks = (source.decimal_point, source.thousands_separator) if isinstance(source, DelimitedText) else (".", None)
    return Spelling.of(sorted(set(source.null_tokens)), marks, None)


def hashed_columns(work: Work) -> list[SplitColumn]:
    """Return the columns that are hashed, for the manifest, in the order in which they are."""
    nulls = list(work.split_spelling.null_tokens)
    return [SplitColumn(name=name, null_values=nulls) for name in work.split_columns]


def text_options(source: RangeSource) -> dict[str, str | bool | None]:
    """Return the options of delimited text that change the values read from it, for the manifest."""
    if not isinstance(source, DelimitedText):
        return {}
    given = {name: getattr(source, name) for name in _TEXT_OPTIONS}
    return {name: value for name, value in given.items() if value != DelimitedText.model_fields[name].default}


def hashes_by_column(work: Work, batch: SplitBatch, names: Sequence[str] | None = None) -> dict[str, Uint64s]:
    """Return the hash of each value of the columns that decide a row's split, or of `names`: uint64 [rows] each.

    A column that a feature or the label reads by rules of its own is in the batch as the file has it, too, see
    `Work.split_written`.
    """
    as_written = {column: name for name, column in work.split_written.items()}
    return {
        name: value_hashes(written_values(batch.rows.column(as_written[name])), None, work.split_spelling)
        if name in as_written
        else value_hashes(batch.rows.column(name), batch.known.get(name), work.split_spelling)
        for name in (work.split_columns if names is None else names)
    }


def value_hashes(array: pa.Array, known: Uint64s | None = None, spelling: Spelling = _PLAIN) -> Uint64s:
    """Return a 64-bit hash of each value: uint64 [rows]; equal numbers have one hash as int64, float64 and text.

    `known`: the column's `assign.column_fingerprints`. `spelling`: that of numbers in text, and the null tokens, of which those
    that are numbers are missing as numbers of any type.
    """
    nulls = _Nulls.of(spelling.null_tokens)
    if array.type != pa.binary():
        if known is not None and array.type == pa.float64() and not len(nulls.exact):
            return known
        hashes = _number_hashes(array.cast(pa.float64(), safe=False), nulls)
        return _with_exact(hashes, array) if array.type == pa.int64() else hashes
    items = np.empty(len(array), np.uint64) if known is None else known.copy()
    if known is None:
        addresses = column(array)
        text_items(items, addresses.values, addresses.offsets, addresses.bitmap, addresses.start)
    point, group = spelling.decimal_point, spelling.thousands_separator or ""
    if not group.isascii():
        array, group = pc.replace_substring(array, group, _GROUP), _GROUP
    addresses = column(array)
    long_rows = np.empty(len(array), np.int64)
    where = addresses.values, addresses.offsets, addresses.bitmap, addresses.start
    marks = ord(point), ord(group) if group else -1
    count = number_items(items, long_rows, *where, *marks, nulls.exact, nulls.rounded)
    if count:
        long = long_rows[:count]
        plain = _plain(array.take(pa.array(long)), point, group)
        numbers = np.array([float(text) for text in plain.to_pylist()])
        hashes = _number_hashes(pa.array(numbers), nulls)
        _hash_digits(hashes, *_whole(plain, numbers))
        items[long] = hashes
    return items


@dataclass(frozen=True)
class _Nulls:
    """The null tokens that are numbers. Readers compare them as float32, but leave out those that no float32 can hold."""

    exact: Float64s
    rounded: Float32s

    @classmethod
    @cache
    def of(cls, tokens: tuple[str, ...]) -> _Nulls:
        numbers = [number for token in tokens if (number := as_number(token)) is not None]
        return cls(np.array(numbers, np.float64), np.array(null_numbers(tokens), np.float32))

    def without(self, numbers: pa.Array) -> pa.Array:
        """Return a float64 array with null in place of these numbers."""
        if not len(self.exact):
            return numbers
        values = numbers.to_numpy(zero_copy_only=False)
        with np.errstate(over="ignore"):
            missing = np.isin(values, self.exact) | np.isin(values.astype(np.float32), self.rounded)
        return pc.if_else(pa.array(missing), pa.scalar(None, pa.float64()), numbers)


def _number_hashes(numbers: pa.Array, nulls: _Nulls) -> Uint64s:
    present = nulls.without(numbers)
    hashes = np.empty(len(present), np.uint64)
    addresses = column(present)
    float_items(hashes, addresses.values, addresses.bitmap, addresses.start)
    return hashes


def _plain(texts: pa.Array, point: str, group: str) -> pa.Array:
    """Return numbers in text as programs write them: without marks of groups, with a point."""
    without = pc.replace_substring(texts.cast(pa.string()), group, "") if group else texts.cast(pa.string())
    return pc.ascii_trim(without if point == "." else pc.replace_substring(without, point, "."), " \t")


def _with_exact(hashes: Uint64s, whole: pa.Array) -> Uint64s:
    """Return the hashes of int64 numbers: where no double is the number, that of its digits."""
    numbers = whole.fill_null(0).to_numpy()
    doubles = numbers.astype(np.float64)
    if np.abs(doubles).max(initial=0) >= _EXACT:
        is_double = (doubles < 2.0**63) & (np.where(doubles < 2.0**63, doubles, 0).astype(np.int64) == numbers)
        rows = np.flatnonzero(~is_double)
        _hash_digits(hashes, rows, pa.array(numbers[rows]).cast(pa.string()))
    return hashes


def _whole(texts: pa.Array, doubles: Float64s) -> tuple[Int64s, pa.Array]:
    """Return the rows of the finite whole numbers that no double is, and the digits of these, with their sign."""
    is_whole = pc.match_substring_regex(texts, _WHOLE).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(is_whole & np.isfinite(doubles))
    digits = pc.replace_substring_regex(texts.take(pa.array(rows)), _WHOLE, r"\1\2")
    pairs = zip(digits.to_pylist(), doubles[rows].tolist(), strict=True)
    is_other = np.array([int(text) != int(double) for text, double in pairs], bool)
    return rows[is_other], digits.filter(pa.array(is_other))


def _hash_digits(hashes: Uint64s, rows: Int64s, digits: pa.Array) -> None:
    """Replace the hashes of some rows, unless they are missing, by those of the digits of their numbers."""
    own, texts = np.empty(len(rows), np.uint64), digits.cast(pa.binary())
    addresses = column(texts)
    text_items(own, addresses.values, addresses.offsets, addresses.bitmap, addresses.start)
    hashes[rows] = np.where(hashes[rows] == MISSING, MISSING, own)
