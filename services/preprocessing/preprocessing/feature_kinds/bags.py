"""Lists of tokens: the ids of all their tokens, one above those of single tokens; see `contracts.features.many`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from contracts.features import FIRST_ID, MISSING_ID, Categorical, Hashed
from preprocessing.kernels.token_hashing import hash_ids
from preprocessing.vocabularies.runs import StagedRows
from preprocessing.vocabularies.staged_lists import list_array
from sources.arrays import Int64s

_EMPTY_TOKEN = np.array([0x9AE16A3B2F90404F], np.uint64)
"""FarmHash Fingerprint64 of no bytes: its constant k2."""


def bag_inputs(
    features: Mapping[str, Categorical | Hashed], rows: StagedRows, ids: Mapping[str, Int64s]
) -> dict[str, pa.Array]:
    """Return the ids of each row's tokens, lists of int64 [rows], none null: [1] for a missing list.

    A token that is missing within a list is out of vocabulary, or in the bucket of the empty token.
    """
    inputs: dict[str, pa.Array] = {}
    for name, feature in features.items():
        lists = rows.lists[name]
        table = ids[name].copy()
        table[-1] = hash_ids(_EMPTY_TOKEN, _buckets(feature))[0]
        counts = np.where(lists.lengths < 0, 1, lists.lengths)
        values = np.full(int(counts.sum()), MISSING_ID, np.int64)
        values[np.repeat(lists.lengths >= 0, counts)] = table[lists.numbers]
        inputs[name] = list_array(pa.array(values + FIRST_ID), counts)
    return inputs


def _buckets(feature: Categorical | Hashed) -> int:
    return feature.buckets if isinstance(feature, Hashed) else feature.oov_buckets
