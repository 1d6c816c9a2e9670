"""Columns to records: tf.train.Example bytes in TFRecord framing, for any rows of a batch.

The loop is compiled (`kernels.encode_example`) and walks Arrow's own buffers. This module maps columns to features.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa

from preprocessing.kernels.encode_example import (
    BYTES,
    ENTRY_BOUND,
    FLOAT,
    INT64,
    LIST,
    ROW_BOUND,
    SCALAR,
    write_records,
)
from sources.arrays import Int64s, Uint8s

_KINDS = {pa.float32(): FLOAT, pa.int64(): INT64, pa.binary(): BYTES}

_ROWS_AT_ONCE = 2048
"""Small enough that records are still in the processor's cache when they are hashed: some 1.5 MB with 40 features."""


@dataclass(frozen=True)
class ExampleFeature:
    """One feature of the examples, by name, and the columns that fill it.

    `form` SCALAR: one column; a null, a NaN or empty bytes leave the feature absent. VECTOR: one value per column, in order,
    never absent; a null becomes NaN or empty bytes (int64 columns must have no null). LIST: one column of lists of int64 or
    binary without nulls within, all of its values; a null and an empty list leave the feature absent.
    """

    name: str
    columns: tuple[str, ...]
    form: int = SCALAR


class ExampleEncoder:
    """Encodes batches of one layout. Features are written in the order of their names, so equal rows have equal bytes."""

    def __init__(self, features: Sequence[ExampleFeature]) -> None:
        self._features = sorted(features, key=lambda feature: feature.name.encode())
        self._columns = [column for feature in self._features for column in feature.columns]
        names = [feature.name.encode() for feature in self._features]
        self._names = np.frombuffer(b"".join(names), np.uint8)
        self._name_sizes = np.array([len(name) for name in names], np.int64)
        ends = np.cumsum(self._name_sizes)
        self._name_starts = ends - self._name_sizes
        cells = [2 if feature.form == LIST else len(feature.columns) for feature in self._features]
        self._firsts = np.cumsum([0, *cells]).astype(np.int64)
        self._row_bound = ROW_BOUND + int(ends[-1]) + len(names) * ENTRY_BOUND + 11 * len(self._columns)
        self._forms = np.array([feature.form for feature in self._features], np.int64)
        self._out = np.empty(0, np.uint8)

    def encode(self, batch: pa.RecordBatch, rows: Int64s) -> Generator[Uint8s]:
        """Yield the records of `rows` (int64, distinct row indices within the batch, any order), some at a time.

        Each piece is valid until the next one is requested: all share one buffer. Columns must be float32, int64 or binary.
        Raises `TypeError` for another type.
        """
        arrays = [cell for name in self._columns for cell in _cells(batch.column(name))]
        kinds = np.array(
            [_kind(arrays[first + (form == LIST)]) for first, form in zip(self._firsts[:-1], self._forms, strict=True)],
            np.int64,
        )
        cells = _addresses(arrays)
        keys = self._names.ctypes.data + self._name_starts
        fields = (kinds, self._forms, self._firsts, keys, self._name_sizes)
        room = min(len(rows), _ROWS_AT_ONCE) * self._row_bound + sum(map(_byte_count, arrays))
        if room > len(self._out):
            self._out = np.empty(room, np.uint8)
        begin = self._out.ctypes.data
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            end = cast("int", write_records(begin, rows[start : start + _ROWS_AT_ONCE], *fields, *cells))
            yield self._out[: end - begin]


def _kind(array: pa.Array) -> int:
    kind = _KINDS.get(array.type)
    if kind is None:
        raise TypeError(f"the encoder takes float32, int64 and binary columns. Received: {array.type}")
    return kind


def _cells(column: pa.Array) -> list[pa.Array]:
    """Return the column; of lists also the values of all of them, to which their offsets point."""
    return [column, cast("Any", column).values] if pa.types.is_list(column.type) else [column]


def _addresses(arrays: list[pa.Array]) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Return the addresses of each column's values, offsets and validity bitmap, and the offset of its slice."""
    values, offsets, bitmaps, starts = (np.zeros(len(arrays), np.int64) for _ in range(4))
    for i, array in enumerate(arrays):
        buffers = cast("list[Any]", array.buffers())
        starts[i] = array.offset
        if buffers[0] is not None and array.null_count:
            bitmaps[i] = buffers[0].address
        if pa.types.is_list(array.type):
            offsets[i] = buffers[1].address
        elif array.type == pa.binary():
            offsets[i] = buffers[1].address
            values[i] = buffers[2].address if buffers[2] is not None else 0
        else:
            values[i] = buffers[1].address if buffers[1] is not None else 0
    return values, offsets, bitmaps, starts


def _byte_count(array: pa.Array) -> int:
    """Return the number of bytes of a binary column's values; 0 for numbers, which the row's bound includes.

    Of lists, at least the size of each value's own tags and numbers.
    """
    if pa.types.is_list(array.type):
        return ENTRY_BOUND + 11 * len(cast("Any", array).values)
    if array.type != pa.binary() or len(array) == 0:
        return 0
    offsets = np.frombuffer(cast("Any", array.buffers()[1]), np.int32)
    return int(offsets[array.offset + len(array)] - offsets[array.offset])
