"""Arrow columns of vectors to a column for each element."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.arrays import Int64s
from sources.read_request import ReadRequest
from sources.rejects import Problem


def with_elements(batch: pa.RecordBatch, request: ReadRequest) -> tuple[pa.RecordBatch, dict[int, Problem]]:
    """Return the batch with a column per element in place of each vector, and the problems of lists of another length, by row.

    The elements of a list that is null, or of another length, are null. Elements keep their type.
    """
    arrays: list[pa.Array] = []
    names: list[str] = []
    bad: dict[int, Problem] = {}
    for name in batch.schema.names:
        elements = request.vectors.get(name)
        if elements is None:
            arrays.append(batch.column(name))
            names.append(name)
            continue
        column = batch.column(name)
        lengths = list_lengths(column)
        for row in np.flatnonzero((lengths >= 0) & (lengths != len(elements))).tolist():
            bad.setdefault(row, request.wrong_length(name, int(lengths[row])))
        arrays += element_columns(column, lengths, len(elements))
        names += elements
    return pa.record_batch(arrays, names=names), bad


def list_lengths(column: pa.Array) -> Int64s:
    """Return the number of elements of each list, int64 [rows], -1 where it is null."""
    if pa.types.is_null(column.type):
        return np.full(len(column), -1, np.int64)
    return pc.fill_null(pc.list_value_length(column), -1).to_numpy().astype(np.int64)


def element_columns(column: pa.Array, lengths: Int64s, size: int) -> Iterator[pa.Array]:
    """Yield each element of lists of `size`, [rows]; null where the list is null, or has another number of elements."""
    if pa.types.is_null(column.type):
        yield from [pa.nulls(len(column))] * size
        return
    is_whole = lengths == size
    elements = column.flatten()
    counts = np.maximum(lengths, 0)
    if len(elements) != size * np.count_nonzero(is_whole):
        starts = np.cumsum(counts) - counts
        elements = elements.take(pa.array((starts[is_whole, np.newaxis] + np.arange(size)).ravel()))
    places = None if is_whole.all() else pa.array(np.cumsum(is_whole) - 1, mask=~is_whole)
    for values in _transposed(elements, size):
        yield values if places is None else values.take(places)


def _transposed(elements: pa.Array, size: int) -> Iterator[pa.Array]:
    """Yield the element of each place of lists that stand one after the other."""
    kind = elements.type
    if elements.null_count == 0 and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        for values in np.ascontiguousarray(elements.to_numpy().reshape(-1, size).T):
            yield pa.array(values)
        return
    for place in range(size):
        yield elements.take(pa.array(np.arange(place, len(elements), size)))
