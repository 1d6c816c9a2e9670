"""Splits of a range, staged by one task and read by another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.preprocessing.planned_work import planned_work

from preprocessing.assignment.staged_splits import read_splits, write_splits


@pytest.mark.parametrize("batches", [[], [[1, 2]], [[1, 2], [], [3, 1, 1]]])
def test_splits_are_read_as_they_were_written(tmp_path: Path, batches: list[list[int]]) -> None:
    _, work = planned_work(tmp_path, "y,x\n0,1\n")
    write_splits(work.folder, 1, [np.array([3], np.uint8)])
    write_splits(work.folder, 0, [np.array(batch, np.uint8) for batch in batches])
    assert read_splits(work.folder, 0).tolist() == [code for batch in batches for code in batch]
    write_splits(work.folder, 1, [np.array([2], np.uint8)])
    assert read_splits(work.folder, 1).tolist() == [2]
