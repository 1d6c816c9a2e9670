"""Every row is one worker's, and all workers have the same number of steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.distributed.worker_rows import ALL, WorkerRows


@given(count=st.integers(0, 1000), workers=st.integers(1, 7))
def test_each_row_is_one_workers_and_shares_differ_by_one_at_most(count: int, workers: int) -> None:
    ranges = [WorkerRows(worker, workers).rows(count) for worker in range(workers)]
    assert [row for first, last in ranges for row in range(first, last)] == list(range(count))
    lengths = [last - first for first, last in ranges]
    assert max(lengths) - min(lengths) <= 1


@given(
    workers=st.integers(1, 5),
    replicas=st.integers(1, 3),
    more=st.integers(0, 300),
    batch_size=st.integers(1, 100),
)
def test_batches_hold_all_rows_and_no_worker_waits(workers: int, replicas: int, more: int, batch_size: int) -> None:
    shares = [WorkerRows(worker, workers, replicas) for worker in range(workers)]
    count = shares[0].parts + more
    sizes = [share.sizes(count, batch_size) for share in shares]
    assert sum(int(own.sum()) for own in sizes) == count
    assert {len(own) for own in sizes} == {shares[0].steps(count, batch_size) * replicas}
    assert min(int(own.min()) for own in sizes) >= 1
    for share, own in zip(shares, sizes, strict=True):
        first, last = share.rows(count)
        assert own.sum() == last - first
        if share.parts > 1:
            assert own.max() - own.min() <= 1


def test_a_process_alone_has_full_batches_and_a_remainder() -> None:
    assert (ALL.parts, ALL.rows(10), ALL.steps(10, 4)) == (1, (0, 10), 3)
    assert ALL.sizes(10, 4).tolist() == [4, 4, 2]
    assert ALL.sizes(8, 4).tolist() == [4, 4]
    assert ALL.sizes(0, 4).sum() == 0


@pytest.mark.parametrize(("count", "steps"), [(0, 1), (5, 1), (6, 1), (7, 1), (13, 2), (60, 8)])
def test_a_step_needs_a_row_for_each_part(count: int, steps: int) -> None:
    assert WorkerRows(0, 3, 2).steps(count, 8) == steps


def test_more_batches_than_rows_are_never_asked_for() -> None:
    assert WorkerRows(0, 2, 1).steps(10, 1) == 5
    assert WorkerRows(1, 2, 1).sizes(10, 1).tolist() == [1] * 5
    assert WorkerRows(1, 2, 1).sizes(10, 1).dtype == np.int64
