"""Crosses: ids of pairs of tokens, computed while the tokens are in memory, and stored with the staged rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.schema import Schema
from preprocessing.kernels.token_hashing import crossed
from preprocessing.vocabularies.runs import StagedRows
from sources.arrays import Int32s


def stage_crosses(schema: Schema, batch: pa.RecordBatch) -> dict[str, Int32s]:
    """Return each cross's ids by its name: int32 [rows], 0 where either token is missing."""
    return {
        cross.name: crossed(*(batch.column(name) for name in cross.features), buckets=cross.buckets)
        for cross in schema.crosses
    }


def cross_inputs(rows: StagedRows) -> dict[str, pa.Array]:
    """Return the staged ids as inputs of the model: int64 [rows]."""
    return {name: pa.array(ids.astype(np.int64)) for name, ids in rows.crosses.items()}
