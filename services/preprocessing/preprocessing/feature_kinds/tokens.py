"""Shared by the kinds whose columns hold tokens: staged token numbers become ids by a table of each run."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from contracts.features import Categorical, Hashed
from preprocessing.feature_kinds.bags import bag_ids
from preprocessing.vocabularies.runs import StagedRows
from sources.arrays import Int64s


def ids_of_rows(
    features: Mapping[str, Categorical | Hashed], rows: StagedRows, ids: Mapping[str, Int64s]
) -> dict[str, pa.Array]:
    """Return each row's id, int64 [rows], by feature; of one whose values are lists, lists of int64.

    A missing token has the number -1, and so the last id of its table, 0.
    """
    return {
        name: pa.array(ids[name][rows.numbers[name]])
        if feature.bag is None
        else bag_ids(feature, rows.lists[name], ids[name])
        for name, feature in features.items()
    }
