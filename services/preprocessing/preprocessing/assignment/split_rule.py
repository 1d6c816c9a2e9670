"""The rule by which a job splits its rows: a hash of a row's values that does not depend on what the job makes of them.

Where the request lists a column's values for each split, a row's value is looked up among them, by the same hashes.

Hashed are all columns of the source that can be read and that the label is not made of, or those of the split key, in the order
of their names. A value has one hash for every type that it is read as: text that is a number has the number's, `true` and `false`
are 1 and 0, and a number that equals a null token of the source is missing. Null tokens and other options of single features
change no hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset.requested_splits import ColumnSplits
from contracts.dataset.split_rule import SplitColumn, SplitRule
from contracts.errors import InvalidRequest
from contracts.features import null_numbers
from contracts.schema import SPLIT_NAMES
from contracts.source import DelimitedText, RangeSource
from preprocessing.assignment.assign import LEFT_OUT, row_fingerprints, split_codes
from preprocessing.assignment.work import Work
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.fingerprint import float_items, text_items
from preprocessing.kernels.text_numbers import number_items
from sources.arrays import Float32s, Float64s, Uint8s, Uint64s
from sources.values.arrow_values import written_values
from sources.values.text_values import Spelling, as_number

_TEXT_OPTIONS = (
    *("encoding", "quote", "double_quote", "escape", "skip_initial_space", "comment"),
    *("decimal_point", "thousands_separator"),
)
_NONE: Mapping[str, Uint64s] = {}
_PLAIN = Spelling(())
_GROUP = "\0"
"""The mark of digit groups in hashed text in place of one that is not ASCII; no source can have it."""


def split_rule(work: Work) -> SplitRule:
    """Return the rule that `row_splits` follows, for the manifest."""
    nulls = list(work.split_spelling.null_tokens)
    columns = [SplitColumn(name=name, null_values=nulls) for name in work.split_columns]
    options = _text_options(work.plan.source)
    if isinstance(work.splits, ColumnSplits):
        return SplitRule(by="column", columns=columns, text_options=options, shares={}, values=work.splits.texts)
    by = "key" if work.has_split_key else "row"
    return SplitRule(by=by, columns=columns, text_options=options, shares=dict(work.splits))


def row_splits(work: Work, batch: pa.RecordBatch, known: Mapping[str, Uint64s] = _NONE) -> Uint8s:
    """Return the split of each row of a batch that has the columns of the rule: uint8 [rows], 1 train, 2 validation, 3 test.

    0 where the column's value is none that a split has.

    A column that a feature or the label reads by rules of its own is in the batch as the file has it, too, see
    `Work.split_written`. `known`: `assign.column_fingerprints` of some of the columns, which are not computed again.
    """
    as_written = {column: name for name, column in work.split_written.items()}
    hashes = {
        name: value_hashes(written_values(batch.column(as_written[name])), None, work.split_spelling)
        if name in as_written
        else value_hashes(batch.column(name), known.get(name), work.split_spelling)
        for name in work.split_columns
    }
    if isinstance(work.splits, ColumnSplits):
        return _listed(hashes[work.splits.column], work.listed_values)
    return split_codes(row_fingerprints(hashes, list(work.split_columns)), work.splits)


def value_codes(work: Work) -> dict[int, int]:
    """Return the code of the split of each listed value, by the value's hash; empty where none is listed.

    Empty text is a missing value, as in the source. Raises `InvalidRequest` for a value that two splits list, also in two
    spellings.
    """
    if not isinstance(work.splits, ColumnSplits):
        return {}
    codes: dict[int, tuple[int, str | None]] = {}
    spelling = work.split_spelling
    for code, split in enumerate(SPLIT_NAMES, start=1):
        texts = work.splits.texts.get(split, [])
        values = [None if text in {None, "", *spelling.null_tokens} else str(text).encode() for text in texts]
        for text, item in zip(texts, value_hashes(pa.array(values, pa.binary()), None, spelling).tolist(), strict=True):
            before, as_text = codes.setdefault(item, (code, text))
            if before != code:
                raise InvalidRequest(
                    f"a value can be of one split. Received: {as_text!r} of {SPLIT_NAMES[before - 1]} and {text!r} of {split}",
                    pointer="/splits/values",
                )
    return {item: code for item, (code, _) in codes.items()}


def _listed(hashes: Uint64s, codes: Mapping[int, int]) -> Uint8s:
    known = np.array(sorted(codes), np.uint64)
    of_known = np.array([codes[item] for item in known.tolist()], np.uint8)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.where(known[places] == hashes, of_known[places], np.uint8(LEFT_OUT))


def value_hashes(array: pa.Array, known: Uint64s | None = None, spelling: Spelling = _PLAIN) -> Uint64s:
    """Return a 64-bit hash of each value: uint64 [rows]; equal numbers have one hash as int64, float64 and text.

    `known`: the column's `assign.column_fingerprints`. `spelling`: that of numbers in text, and the null tokens, of which those
    that are numbers are missing as numbers of any type.
    """
    nulls = _Nulls.of(spelling.null_tokens)
    if array.type != pa.binary():
        if known is not None and array.type == pa.float64() and not len(nulls.exact):
            return known
        return _number_hashes(array.cast(pa.float64(), safe=False), nulls)
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
        items[long] = _number_hashes(_parsed(array.take(pa.array(long)), point, group), nulls)
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


def _parsed(texts: pa.Array, point: str, group: str) -> pa.Array:
    plain = (text.replace(group.encode(), b"").replace(point.encode(), b".") for text in texts.to_pylist())
    return pa.array(map(float, plain), pa.float64())


def _text_options(source: RangeSource) -> dict[str, str | bool | None]:
    if not isinstance(source, DelimitedText):
        return {}
    given = {name: getattr(source, name) for name in _TEXT_OPTIONS}
    return {name: value for name, value in given.items() if value != DelimitedText.model_fields[name].default}
