"""A cancelled job ends on all processes at the same step."""

from __future__ import annotations

import pytest

from chassis.engine.engine import JobContext
from contracts.errors import Cancelled
from modeling.distributed.cancel_callback import CancelTogether
from modeling.distributed.devices import ONE


def test_every_tenth_step_looks_whether_the_job_is_cancelled() -> None:
    context = JobContext.alone()
    callback = CancelTogether(ONE, context)
    for batch in range(25):
        callback.on_train_batch_end(batch)
    context.cancel()
    for batch in range(21, 30):
        callback.on_train_batch_end(batch)
    with pytest.raises(Cancelled):
        callback.on_train_batch_end(30)


def test_a_job_that_is_cancelled_at_once_ends_at_the_first_step() -> None:
    context = JobContext.alone()
    context.cancel()
    with pytest.raises(Cancelled):
        CancelTogether(ONE, context).on_train_batch_end(0)


def test_a_worker_has_no_job_of_its_own_to_cancel() -> None:
    callback = CancelTogether(ONE, None)
    for batch in range(11):
        callback.on_train_batch_end(batch)
