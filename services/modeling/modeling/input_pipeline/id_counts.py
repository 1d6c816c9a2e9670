"""Training rows of each id, as the network sees them: masked fields are missing, and count as such."""

from __future__ import annotations

from typing import Any

import numpy as np

from contracts.messages.trainings import MaskingSpec
from modeling.input_pipeline.pipeline import InputPipeline

COUNTED_ROWS = 262_144
"""Training rows that are counted; of more, as many at random."""
_BATCH = 4096


def rows_by_id(pipeline: InputPipeline, seed: int, masking: MaskingSpec | None) -> list[np.ndarray[Any, Any]]:
    """Return for each id input the training rows of each id in an epoch, float64 [ids], by a count or an estimate.

    Half a row is added to each count, so that no estimate is 0: what a sample lacks may be in other rows.
    """
    sizes = pipeline.model_inputs.sizes
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    columns = np.repeat(offsets[:-1], pipeline.model_inputs.schema.id_places)
    counts = np.zeros(offsets[-1], np.int64)
    counted = 0
    batches = pipeline.training(_BATCH, seed, masking=masking).take(COUNTED_ROWS // _BATCH)
    for (_, ids), *_ in batches:
        counts += np.bincount((ids.numpy() + columns).ravel(), minlength=len(counts))
        counted += len(ids)
    rows = (counts + 0.5) * (pipeline.rows("train") / max(counted, 1))
    return np.split(rows, offsets[1:-1])
