"""Lists of tokens: the ids of all their tokens, one above those of single tokens; see `contracts.features.many`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.features import FIRST_ID, MISSING_ID, Categorical, Hashed
from preprocessing.kernels.token_hashing import hash_ids
from preprocessing.vocabularies.staged_lists import StagedLists
from sources.arrays import Int64s
from sources.values.list_text import list_array

_EMPTY_TOKEN = np.array([0x9AE16A3B2F90404F], np.uint64)
"""FarmHash Fingerprint64 of no bytes: its constant k2."""


def bag_ids(feature: Categorical | Hashed, lists: StagedLists, ids: Int64s) -> pa.Array:
    """Return the ids of each row's tokens, lists of int64 [rows], none null: [1] for a missing list.

    `ids`: of each token by its number, then of a missing one. One that is missing within a list is out of vocabulary, or in the
    bucket of the empty token.
    """
    table = np.append(ids[:-1], hash_ids(_EMPTY_TOKEN, _buckets(feature)))
    counts = np.where(lists.lengths < 0, 1, lists.lengths)
    values = np.full(int(counts.sum()), MISSING_ID, np.int64)
    values[np.repeat(lists.lengths >= 0, counts)] = table[lists.numbers]
    return list_array(pa.array(values + FIRST_ID), counts)


def _buckets(feature: Categorical | Hashed) -> int:
    return feature.buckets if isinstance(feature, Hashed) else feature.oov_buckets
