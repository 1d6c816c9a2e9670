"""Tokens to ids without a vocabulary: hashed features and crosses, the numba side of `contracts.features`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.features import FIRST_ID
from preprocessing.columns import column
from preprocessing.kernels.crossing import cross_ids

Int32s = npt.NDArray[np.int32]
Uint64s = npt.NDArray[np.uint64]


def hash_ids(fingerprints: Uint64s, buckets: int) -> Int32s:
    """The id of each token that is there, from its Fingerprint64 (uint64 [tokens]): 1 + fingerprint mod `buckets`, int32."""
    return (fingerprints % np.uint64(buckets)).astype(np.int32) + np.int32(FIRST_ID)


def crossed(first: pa.Array, second: pa.Array, buckets: int) -> Int32s:
    """The id of each row's pair of tokens of two binary arrays: int32 [rows]; 0 where either is missing or empty."""
    ids = np.empty(len(first), np.int32)
    a, b = column(first), column(second)
    cross_ids(
        ids,
        *(a.values, a.offsets, a.bitmap, a.start),
        *(b.values, b.offsets, b.bitmap, b.start),
        np.uint64(buckets),
    )
    return ids
