"""Check before a training that rows weigh something, whichever release made the dataset."""

from __future__ import annotations

import numpy as np

from contracts.errors import InvalidRequest
from contracts.schema import SPLIT_NAMES, SplitName
from modeling.input_pipeline.pipeline import InputPipeline

SMALLEST_WEIGHT = float(np.finfo(np.float32).tiny)
"""TensorFlow's kernels may take smaller ones for 0."""
_ROWS = 4096


def check_weights(pipeline: InputPipeline) -> None:
    """Check that each split with rows has one of a weight above 0; reads up to the first of them.

    Raises `InvalidRequest`, which names the column of weights.
    """
    name = pipeline.dataset.schema.weight
    if name is None:
        return
    for split in SPLIT_NAMES:
        if pipeline.rows(split) and not _weighs(pipeline, split):
            raise InvalidRequest(
                f"the weights {name!r} of all {pipeline.rows(split)} rows of the {split} split of dataset "
                f"{pipeline.dataset.manifest.name!r} are 0, so nothing can be learned or measured there; give a row of it a "
                "weight, or choose other `splits`, and make the dataset again",
                pointer="/dataset",
            )


def _weighs(pipeline: InputPipeline, split: SplitName) -> bool:
    return any(bool((weights.numpy() >= SMALLEST_WEIGHT).any()) for *_, weights in pipeline.recorded(split, _ROWS))
