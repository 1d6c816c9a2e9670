from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path

from tests.preprocessing.planned_work import planned_work

from contracts.dataset.manifest import SourceRange
from preprocessing.range_tasks import scan
from sources.packed_ranges import PackedRanges

RANGES = [SourceRange(file=number % 3, start=2**40 + number, end=-1 if number % 7 else 2**62) for number in range(100)]


def test_ranges_come_back_one_by_one_and_in_slices() -> None:
    packed = pickle.loads(pickle.dumps(PackedRanges(RANGES)))
    assert list(packed) == RANGES
    assert packed[3:50:7] == RANGES[3:50:7]
    assert packed[-1] == RANGES[-1]
    assert len(packed) == 100
    assert list(PackedRanges([])) == []


def test_a_task_of_a_job_of_many_ranges_gets_a_few_bytes_for_each(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, "y,a\n" + "1,x\n" * 5000, partitions=1000)
    _, small = planned_work(tmp_path, "y,a\n" + "1,x\n" * 5000, partitions=2)
    sizes = [len(pickle.dumps(partial(scan, each))) for each in (small, work)]
    added = len(work.plan.ranges) - len(small.plan.ranges)
    assert added > 900
    assert sizes[1] - sizes[0] < 25 * added
    assert list(pickle.loads(pickle.dumps(work)).plan.ranges) == list(work.plan.ranges)
