"""Splits of a range, staged by one task and read by another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.preprocessing.planned_work import planned_work

from preprocessing.assignment.splitters.base import NO_TIME, Divided
from preprocessing.assignment.staged_splits import read_splits, write_splits


def divided(codes: list[int], days: list[int] | None = None) -> Divided:
    return Divided(np.array(codes, np.uint8), None if days is None else np.array(days, np.int32))


@pytest.mark.parametrize("batches", [[], [[1, 2]], [[1, 2], [], [3, 1, 1]]])
def test_splits_are_read_as_they_were_written(tmp_path: Path, batches: list[list[int]]) -> None:
    _, work = planned_work(tmp_path, "y,x\n0,1\n")
    write_splits(work.folder, 1, [divided([3])])
    write_splits(work.folder, 0, [divided(batch) for batch in batches])
    codes, days = read_splits(work.folder, 0)
    assert codes.tolist() == [code for batch in batches for code in batch]
    assert days is None
    write_splits(work.folder, 1, [divided([2], [NO_TIME])])
    codes, days = read_splits(work.folder, 1)
    assert days is not None
    assert (codes.tolist(), days.tolist()) == ([2], [NO_TIME])
