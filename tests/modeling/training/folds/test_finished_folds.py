from __future__ import annotations

from pathlib import Path

import numpy as np

from contracts.messages.folds.results import FoldResult
from modeling.label_kinds import labels_of_kind
from modeling.training.folds.finished_folds import FinishedFolds


def test_a_result_is_kept_for_what_it_is_of(tmp_path: Path) -> None:
    metrics = labels_of_kind("binary").score(np.array([0, 1]), np.array([0.2, 0.7]))
    result = FoldResult(fold=2, training_rows=9, metrics=metrics, epochs=3, kept_epoch=1, seconds=0.5)
    finished = FinishedFolds(tmp_path / "folds", "request", "dataset")
    assert finished.read(2) is None
    finished.write(result)
    assert finished.read(2) == result
    assert finished.read(1) is None
    assert FinishedFolds(tmp_path / "folds", "request", "another").read(2) is None
    (path,) = (tmp_path / "folds").iterdir()
    path.write_text(path.read_text()[:40])
    assert finished.read(2) is None, "a damaged one costs time, not the job"
