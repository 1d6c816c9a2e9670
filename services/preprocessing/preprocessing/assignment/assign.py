"""The split and the label of each row, decided once from the row's own values.

A row's split depends on a fingerprint of its values alone, so equal rows share a split, and neither the order of the rows
nor the number of tasks changes anything. A row without a label belongs to no split.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import InvalidData
from contracts.schema import SPLIT_NAMES, SplitName
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.fingerprint import float_items, integer_items, mix_items, text_items
from sources.arrays import Float32s, Float64s, Floats, Int32s, Uint8s, Uint64s

SMALLEST_WEIGHT = float(np.finfo(np.float32).tiny)
"""Smaller weights are 0: float32 has them as subnormal numbers, if at all, and TensorFlow's kernels take those for 0."""
LEFT_OUT = 0
"""The code of a row that belongs to no split; splits have the codes 1, 2, 3 in the order of `SPLIT_NAMES`."""


def column_fingerprints(batch: pa.RecordBatch) -> dict[str, Uint64s]:
    """Return a 64-bit hash of each value by column: uint64 [rows]. Source of the hash: `kernels.fingerprint`.

    All missing values share one hash; -0.0 hashes as 0.0. A binary column's hashes are FarmHash's Fingerprint64.
    """
    return {name: _items(batch.column(name)) for name in batch.schema.names}


def _items(array: pa.Array) -> Uint64s:
    items = np.empty(len(array), np.uint64)
    addresses = column(array)
    if array.type == pa.binary():
        text_items(items, addresses.values, addresses.offsets, addresses.bitmap, addresses.start)
    elif array.type == pa.int64():
        integer_items(items, addresses.values, addresses.bitmap, addresses.start)
    else:
        float_items(items, addresses.values, addresses.bitmap, addresses.start)
    return items


def row_fingerprints(columns: Mapping[str, Uint64s], names: Sequence[str]) -> Uint64s:
    """Return a 64-bit fingerprint of each row: uint64 [rows], from the hashes of the named columns, in that order."""
    rows = np.zeros(len(columns[names[0]]), np.uint64)
    for name in names:
        mix_items(rows, columns[name])
    return rows


def split_codes(fingerprints: Uint64s, shares: Mapping[SplitName, float]) -> Uint8s:
    """Return the split of each row: uint8 [rows], 1 train, 2 validation, 3 test."""
    # A second mix, so that the split is independent of other uses of the fingerprint.
    points = (fingerprints * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(11)
    bounds = np.cumsum([shares.get(name, 0.0) for name in SPLIT_NAMES])
    limits = np.minimum(np.round(bounds * 2.0**53), 2.0**53).astype(np.uint64)
    limits[bounds >= 1.0 - 1e-9] = np.uint64(1 << 53)
    return (np.searchsorted(limits, points, side="right") + 1).astype(np.uint8)


def class_tokens(values: pa.Array) -> tuple[list[bytes], Int32s]:
    """Return a bytes column's distinct values, and for each row the value's index: int32 [rows], -1 where null or empty."""
    encoded = cast("pa.DictionaryArray", pc.dictionary_encode(values))
    tokens = cast("list[bytes]", encoded.dictionary.to_pylist())
    indices = cast("Int32s", encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False))
    if b"" in tokens:
        indices = np.where(indices == tokens.index(b""), np.int32(-1), indices)
    return tokens, indices


def row_weights(values: Float64s, labels: Floats, name: str, place: Callable[[int], str]) -> Float32s:
    """Return the weight of each row: float32 [rows], NaN where there is no label.

    A weight below `SMALLEST_WEIGHT` is 0. Raises `InvalidData`, which names the column `name`, for the first weight that is
    missing, negative, or not finite as float32; `place` describes that row's location in the source.
    """
    with np.errstate(over="ignore", under="ignore"):
        weights = values.astype(np.float32)
    weights[(values > 0) & (values < SMALLEST_WEIGHT)] = 0
    wrong = np.flatnonzero(~np.isnan(labels) & ~((weights >= 0) & np.isfinite(weights)))
    if len(wrong):
        value = values[wrong[0]]
        raise InvalidData(
            f"{place(int(wrong[0]))}: the weight {name!r} must be a finite number, 0 or more (`filter` can leave rows out, "
            f"`derive` can give them a weight). Received: {'none' if np.isnan(value) else format(value, 'g')}",
            pointer="/weight",
        )
    weights[np.isnan(labels)] = np.nan
    return weights
