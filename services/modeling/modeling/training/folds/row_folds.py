"""The fold of each training row, by a hash of its `split_key` or of its content, as splits are.

The order of rows, the files and the number of ranges change no row's fold; the seed of the folds does, and their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from contracts.dataset.key_hashes import read_key_hashes
from contracts.errors import InvalidRequest
from contracts.messages.folds.spec import Folds
from contracts.statistics import AnyLabelStatistics
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.input_pipeline.row_content import content_hashes, mixed
from modeling.training.folds.check_folds import has_key
from modeling.training.folds.fold_labels import FoldLabels
from modeling.training.row_weights import SMALLEST_WEIGHT
from sources.arrays import Bools, Uint8s, Uint64s

_ROWS = 4096


@dataclass(frozen=True)
class RowFolds:
    """The fold of each training row, from 0, uint8 [rows] in the order of the records, and sums over their labels."""

    of_rows: Uint8s
    labels: FoldLabels
    by: Literal["row", "key"]

    def held_out(self, fold: int) -> Bools:
        """Return which rows are of a fold, bool [rows]."""
        return self.of_rows == fold


def assign_folds(pipeline: InputPipeline, folds: Folds, label: AnyLabelStatistics) -> RowFolds:
    """Read the training split once, and return the fold of each row. `label`: the label's statistics in that split.

    Raises `InvalidRequest` for a fold without rows, or whose rows all have weight 0; `CorruptData` for files that differ from
    those that were published.
    """
    dataset = pipeline.dataset
    keys = read_key_hashes(dataset).astype(np.uint64) if has_key(dataset.manifest) else None
    labels = FoldLabels(label, folds.count)
    weighing = np.zeros(folds.count, np.int64)
    parts = [np.empty(0, np.uint8)]
    begin = 0
    for numeric, categorical, label_batch, *weight in pipeline.recorded("train", _ROWS):
        end = begin + len(label_batch)
        hashes = content_hashes(numeric, categorical) if keys is None else keys[begin:end]
        begin = end
        of_rows = folds_of(hashes, folds)
        labels.add(label_batch.numpy(), of_rows)
        weighs = weight[0].numpy() >= SMALLEST_WEIGHT if weight else np.ones(len(of_rows), np.bool_)
        weighing += np.bincount(of_rows[weighs], minlength=folds.count)
        parts.append(of_rows)
    row_folds = RowFolds(np.concatenate(parts), labels, "row" if keys is None else "key")
    _check(row_folds, weighing, folds)
    return row_folds


def folds_of(hashes: Uint64s, folds: Folds) -> Uint8s:
    """Return the fold of each hash, from 0: uint8 [rows]. Equal hashes share a fold."""
    points = mixed(mixed(hashes) ^ np.uint64(folds.seed)) >> np.uint64(32)
    return ((points * np.uint64(folds.count)) >> np.uint64(32)).astype(np.uint8)


def _check(row_folds: RowFolds, weighing: np.ndarray, folds: Folds) -> None:
    rows = np.bincount(row_folds.of_rows, minlength=folds.count)
    for fold in np.flatnonzero(weighing == 0).tolist():
        if rows[fold]:
            raise InvalidRequest(
                f"the weights of all {rows[fold]} rows of fold {fold + 1} of {folds.count} are 0, so nothing can be measured "
                "there; ask for fewer folds, or for another seed",
                pointer="/folds",
            )
        equal = "content" if row_folds.by == "row" else "split_key"
        raise InvalidRequest(
            f"fold {fold + 1} of {folds.count} has no rows: rows of equal {equal} share a fold, and the {len(row_folds.of_rows)} "
            "training rows are too few of them; ask for fewer folds, or for another seed",
            pointer="/folds",
        )
