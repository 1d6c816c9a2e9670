"""Lists of one value each to Arrow arrays: the values of one feature in many records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.source import RecordType
from sources.arrays import Array, Bools, Int64s, Uint8s
from sources.columnar.tfrecord.framing import Records
from sources.columnar.tfrecord.parse_example import BYTES, EMPTY, FLOAT, INT64, Values, list_values
from sources.columnar.tfrecord.walk_examples import Lists
from sources.columnar.tfrecord.wire import Malformed, seven_bits, short_varints
from sources.crc32c import gathered

KINDS: dict[RecordType, int] = {"int64": INT64, "float": FLOAT, "bytes": BYTES}
ARROW: dict[RecordType, pa.DataType] = {"int64": pa.int64(), "float": pa.float32(), "bytes": pa.binary()}
KIND_NAMES = {BYTES: "bytes_list", FLOAT: "float_list", INT64: "int64_list"}

_LONG_VALUE = 256
"""Bytes of a value on average from which copying each alone is faster."""
_LONGEST_VARINT = 10
_TAG_BYTES, _TAG_VARINT, _TAG_FIXED32 = 0x0A, 0x08, 0x0D


@dataclass
class Scalars:
    """One value per record: `values` [records] of the type, null where there is none; `wrong`: why a record has no usable one."""

    values: pa.Array
    wrong: dict[int, str] = field(default_factory=dict[int, str])
    has_several: bool = False
    """True if a record has several values."""


def read_scalars(
    records: Records, lists: Lists | None, kind: RecordType, others: dict[int, tuple[int, Values]]
) -> Scalars:
    """Return the values of one feature; `others`: kind and values of the records that were parsed one at a time."""
    rows = len(records)
    cells = _Cells(kind, rows)
    if lists is not None:
        present = lists.select((lists.lengths > 0) & (lists.kinds != EMPTY))
        usual = present.kinds == KINDS[kind]
        left = _READERS[kind](records.data, present.select(usual), cells)
        remaining = [*left.tolist(), *present.rows[~usual].tolist()]
        if remaining:
            at_row = np.full(rows, -1)
            at_row[present.rows] = np.arange(len(present.rows))
            for row in remaining:
                index = at_row[row]
                start, length = int(present.starts[index]), int(present.lengths[index])
                content = records.data[start : start + length].tobytes()
                list_kind = int(present.kinds[index])
                try:
                    cells.set(row, list_kind, list_values(content, list_kind))
                except Malformed as error:
                    cells.wrong[row] = f"it is no tf.train.Example: {error}"
    for row, (list_kind, values) in others.items():
        cells.set(row, list_kind, values)
    return Scalars(cells.array(), cells.wrong, cells.has_several)


class _Cells:
    """The values of a feature while they are read."""

    def __init__(self, kind: RecordType, rows: int) -> None:
        self.kind: RecordType = kind
        self.is_present: Bools = np.zeros(rows, np.bool_)
        self.wrong: dict[int, str] = {}
        self.has_several = False
        self.numbers: Array = np.zeros(0 if kind == "bytes" else rows, np.float32 if kind == "float" else np.int64)
        self.starts: Int64s = np.zeros(rows, np.int64)
        self.lengths: Int64s = np.zeros(rows, np.int64)
        self.data: Uint8s = np.zeros(0, np.uint8)
        self._texts: dict[int, bytes] = {}

    def set(self, row: int, list_kind: int, values: Values) -> None:
        """Set one value, or note why there is none that can be used."""
        if not values:
            return
        if len(values) > 1:
            self.has_several = True
            self.wrong[row] = (
                f"has {len(values)} values, and a column has one: write one value a feature, or exclude the column"
            )
            return
        value: Any = values[0]
        if list_kind == KINDS[self.kind]:
            pass
        elif self.kind == "float" and list_kind == INT64 and int(np.float32(value)) == value:
            value = float(value)
        else:
            self.wrong[row] = (
                f"holds a value of {KIND_NAMES[list_kind]}, and the column is {self.kind}: write one type of list a feature, "
                "or name its type in source.columns"
            )
            return
        if self.kind == "bytes":
            self._texts[row] = value
        else:
            self.numbers[row] = value
        self.is_present[row] = True

    def array(self) -> pa.Array:
        """Return the values, null where there is none."""
        if self.kind == "bytes":
            values = _binary(self.data, self.starts, self.lengths, self.is_present)
            if self._texts:
                mask = np.zeros(len(self.is_present), np.bool_)
                mask[list(self._texts)] = True
                texts = pa.array([self._texts[row] for row in sorted(self._texts)], pa.binary())
                values = pc.replace_with_mask(values, pa.array(mask), texts)
            return values
        mask = None if self.is_present.all() else ~self.is_present
        return pa.array(self.numbers, ARROW[self.kind], mask=mask)


def _binary(data: Uint8s, starts: Int64s, lengths: Int64s, is_present: Bools) -> pa.Array:
    """Return parts of the data as binary values."""
    rows = len(starts)
    offsets = np.zeros(rows + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    total = int(offsets[-1])
    if total >= _LONG_VALUE * max(int(is_present.sum()), 1):
        view = data.data
        text = b"".join([view[start : start + length] for start, length in zip(starts, lengths, strict=True)])
    else:
        indices = (starts - offsets[:-1]).astype(np.int32).repeat(lengths)
        indices += np.arange(total, dtype=np.int32)
        text = data.take(indices)
    valid = None if is_present.all() else pa.py_buffer(np.packbits(is_present, bitorder="little"))
    buffers = [valid, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.binary(), rows, buffers)


def _read_bytes(data: Uint8s, lists: Lists, cells: _Cells) -> Int64s:
    """Set the values of lists that hold one as usual, and return the rows of the others."""
    words = gathered(data, lists.starts, 8)[:, 0]
    sizes, taken = short_varints(words >> np.uint64(8))
    usual = _begins(words, _TAG_BYTES) & (taken > 0) & (1 + taken + sizes == lists.lengths)
    rows = lists.rows[usual]
    cells.data = data
    cells.starts[rows] = (lists.starts + 1 + taken)[usual]
    cells.lengths[rows] = sizes[usual]
    cells.is_present[rows] = True
    return lists.rows[~usual]


def _read_floats(data: Uint8s, lists: Lists, cells: _Cells) -> Int64s:
    words = gathered(data, lists.starts, 8)[:, 0]
    packed = (lists.lengths == 6) & (words & np.uint64(0xFFFF) == np.uint64(0x040A))
    plain = (lists.lengths == 5) & _begins(words, _TAG_FIXED32)
    shift = np.where(packed, np.uint64(16), np.uint64(8))
    values = ((words >> shift) & np.uint64(0xFFFFFFFF)).astype(np.uint32).view(np.float32)
    usual = packed | plain
    rows = lists.rows[usual]
    cells.numbers[rows] = values[usual]
    cells.is_present[rows] = True
    return lists.rows[~usual]


def _read_integers(data: Uint8s, lists: Lists, cells: _Cells) -> Int64s:
    words = gathered(data, lists.starts, 16)
    low, high = words[:, 0], words[:, 1]
    packed = _begins(low, _TAG_BYTES) & (
        (low >> np.uint64(8)) & np.uint64(0xFF) == (lists.lengths - 2).astype(np.uint64)
    )
    plain = _begins(low, _TAG_VARINT)
    skipped = np.where(packed, 16, 8).astype(np.uint64)
    sizes = lists.lengths - np.where(packed, 2, 1)
    low = (low >> skipped) | (high << (np.uint64(64) - skipped))
    high >>= skipped  # the bytes 8 and 9 of a varint of ten
    in_low = np.minimum(sizes, 8).clip(0).astype(np.uint64) * np.uint64(8)
    in_high = (sizes - 8).clip(0, 2).astype(np.uint64) * np.uint64(8)
    mask = np.where(in_low == 64, ~np.uint64(0), (np.uint64(1) << (in_low % np.uint64(64))) - np.uint64(1))
    low &= mask
    high &= (np.uint64(1) << in_high) - np.uint64(1)
    continued = np.bitwise_count(low & np.uint64(0x8080808080808080)) + np.bitwise_count(high & np.uint64(0x8080))
    last = np.where(
        in_high > 0, high >> (in_high - np.uint64(8)) % np.uint64(64), low >> (in_low - np.uint64(8)) % np.uint64(64)
    )
    is_one = (continued == sizes - 1) & (last < 0x80)
    usual = (packed | plain) & (sizes > 0) & (sizes <= _LONGEST_VARINT) & is_one
    values = (
        seven_bits(low) | ((high & np.uint64(0x7F)) << np.uint64(56)) | ((high & np.uint64(0x100)) << np.uint64(55))
    )
    rows = lists.rows[usual]
    cells.numbers[rows] = values[usual].view(np.int64)
    cells.is_present[rows] = True
    return lists.rows[~usual]


def _begins(words: Array, tag: int) -> Bools:
    return words & np.uint64(0xFF) == np.uint64(tag)


_READERS = {"bytes": _read_bytes, "float": _read_floats, "int64": _read_integers}
