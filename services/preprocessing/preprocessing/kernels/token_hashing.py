"""Tokens to ids without a vocabulary: buckets by hash, and crosses; the numba side of `contracts.features`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.features import FIRST_ID
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.crossing import cross_ids
from preprocessing.kernels.fingerprint import text_items
from sources.arrays import Int32s, Uint64s


def fingerprints(tokens: pa.Array) -> Uint64s:
    """Return FarmHash Fingerprint64 of each token of a binary array: uint64 [tokens]. Missing and empty ones share a value."""
    items = np.empty(len(tokens), np.uint64)
    addresses = column(tokens)
    text_items(items, addresses.values, addresses.offsets, addresses.bitmap, addresses.start)
    return items


def hash_ids(hashes: Uint64s, buckets: int) -> Int32s:
    """Return the id of each token, none of them missing, from its Fingerprint64: 1 + hash mod `buckets`, int32 [tokens]."""
    return (hashes % np.uint64(buckets)).astype(np.int32) + np.int32(FIRST_ID)


def crossed(first: pa.Array, second: pa.Array, buckets: int) -> Int32s:
    """Return the id of each row's pair of tokens of two binary arrays: int32 [rows]; 0 where either is missing or empty."""
    ids = np.empty(len(first), np.int32)
    a, b = column(first), column(second)
    cross_ids(
        ids,
        *(a.values, a.offsets, a.bitmap, a.start),
        *(b.values, b.offsets, b.bitmap, b.start),
        np.uint64(buckets),
    )
    return ids
