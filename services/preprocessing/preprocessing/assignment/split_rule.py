"""The rule by which a job splits its rows: a hash of a row's values that does not depend on what the job makes of them.

Hashed are all columns of the source that can be read, or those of the split key, in the order of their names. A value has one
hash for every type that it is read as: text that is a number has the number's, `true` and `false` are 1 and 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from contracts.source import DelimitedText, RangeSource
from contracts.split_rule import SplitColumn, SplitRule
from preprocessing.assignment.assign import row_fingerprints, split_codes
from preprocessing.assignment.work import Work
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.fingerprint import float_items, text_items
from preprocessing.kernels.text_numbers import number_items
from sources.arrays import Uint8s, Uint64s

_TEXT_OPTIONS = ("encoding", "quote", "double_quote", "escape", "comment", "decimal_point", "thousands_separator")
_NONE: Mapping[str, Uint64s] = {}


def split_rule(work: Work) -> SplitRule:
    """Return the rule that `row_splits` follows, for the manifest."""
    null_values, common = work.schema.null_values, work.plan.source.null_tokens
    columns = [
        SplitColumn(name=name, null_values=sorted({*common, *null_values.get(name, ())})) for name in work.split_columns
    ]
    return SplitRule(
        by="key" if work.has_split_key else "row",
        columns=columns,
        text_options=_text_options(work.plan.source),
        shares=dict(work.shares),
    )


def row_splits(work: Work, batch: pa.RecordBatch, known: Mapping[str, Uint64s] = _NONE) -> Uint8s:
    """Return the split of each row of a batch that has the columns of the rule: uint8 [rows], 1 train, 2 validation, 3 test.

    `known`: `assign.column_fingerprints` of some of the columns, which are not computed again.
    """
    point, group = _spelling(work.plan.source)
    hashes = {name: value_hashes(batch.column(name), known.get(name), point, group) for name in work.split_columns}
    return split_codes(row_fingerprints(hashes, list(work.split_columns)), work.shares)


def value_hashes(array: pa.Array, text: Uint64s | None = None, point: str = ".", group: str = "") -> Uint64s:
    """Return a 64-bit hash of each value: uint64 [rows]; equal numbers have one hash as int64, float64 and text.

    `text`: FarmHash Fingerprint64 of the values of a binary array, where it is known. `point` and `group`: the marks of
    decimals and of digit groups in text, which say nothing about numbers.
    """
    if array.type != pa.binary():
        return _number_hashes(array.cast(pa.float64(), safe=False))
    addresses = column(array)
    items = np.empty(len(array), np.uint64) if text is None else text.copy()
    if text is None:
        text_items(items, addresses.values, addresses.offsets, addresses.bitmap, addresses.start)
    long_rows = np.empty(len(array), np.int64)
    where = addresses.values, addresses.offsets, addresses.bitmap, addresses.start
    count = number_items(items, long_rows, *where, ord(point), ord(group) if group else -1)
    if count:
        long = long_rows[:count]
        items[long] = _number_hashes(_parsed(array.take(pa.array(long)), point, group))
    return items


def _number_hashes(numbers: pa.Array) -> Uint64s:
    hashes = np.empty(len(numbers), np.uint64)
    addresses = column(numbers)
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


def _spelling(source: RangeSource) -> tuple[str, str]:
    """Return the decimal point and the separator of digit groups, which is empty for none."""
    if not isinstance(source, DelimitedText):
        return ".", ""
    return source.decimal_point, source.thousands_separator or ""
