from __future__ import annotations

import time

import pytest
from chassis_tables import Tables, in_threads

from chassis.jobs.job import Progress
from contracts.errors import Cancelled, Superseded
from contracts.messages.jobs import State

PROBLEM = {"status": 500}


def test_what_an_attempt_took_is_taken_off_the_timeout(tables: Tables):
    job = tables.store.submit("a", {}, timeout=10)
    begun = tables.claim()
    time.sleep(0.2)
    released = tables.leases.release(job.id, begun.attempt)
    assert released is not None
    assert released.seconds_left is not None
    assert 9 < released.seconds_left < 9.85
    again = tables.claim(seconds=0.1)
    time.sleep(0.5)
    (recovered,) = tables.leases.recover(nobody_is_gone, 3, PROBLEM)
    assert recovered.id == again.id
    assert recovered.seconds_run == pytest.approx(released.seconds_run + 0.1, abs=0.05), "only until its lease ran out"


def nobody_is_gone(_owner: str) -> bool:
    return False


def test_jobs_are_claimed_in_their_order(tables: Tables):
    ids = [tables.store.submit("square", {"number": n}).id for n in range(5)]
    claimed = [tables.leases.claim("me", 60) for _ in ids]
    assert [job.id for job in claimed if job is not None] == ids


def test_each_job_is_claimed_once_by_many_threads(tables: Tables):
    ids = [tables.store.submit("square", {"number": n}).id for n in range(30)]
    claimed: list[str] = []

    def claim_all() -> None:
        while (job := tables.leases.claim("me", 60)) is not None:
            claimed.append(job.id)

    in_threads(4, claim_all)
    assert sorted(claimed) == sorted(ids)


def test_an_expired_lease_is_taken_over_and_the_old_attempt_can_do_nothing(tables: Tables):
    job = tables.store.submit("square", {})
    tables.claim(seconds=60)
    assert tables.leases.recover(nobody_is_gone, 3, PROBLEM) == []
    tables.leases.heartbeat(job.id, 1, 0.01)
    time.sleep(0.1)
    (recovered,) = tables.leases.recover(nobody_is_gone, 3, PROBLEM)
    assert (recovered.state, recovered.failures) == (State.PENDING, 1)
    assert tables.claim().attempt == 2
    with pytest.raises(Superseded, match="attempt 1"):
        tables.leases.fence(job.id, 1, 60)
    assert tables.leases.heartbeat(job.id, 1, 60) is None
    assert tables.leases.state_of(job.id, 1) is None
    assert tables.leases.progress(job.id, 1, Progress()) is None
    assert tables.leases.succeed(job.id, 1, {}) is None
    assert tables.leases.fail(job.id, 1, PROBLEM) is None
    assert tables.leases.crashed(job.id, 1, 3, PROBLEM) is None
    assert tables.leases.release(job.id, 1) is None
    assert tables.store.get(job.id).state is State.RUNNING
    tables.leases.fence(job.id, 2, 60)


def test_a_heartbeat_keeps_the_lease(tables: Tables):
    job = tables.store.submit("square", {})
    tables.claim(seconds=0.05)
    time.sleep(0.1)
    assert tables.leases.heartbeat(job.id, 1, 60) is State.RUNNING
    assert tables.leases.recover(nobody_is_gone, 3, PROBLEM) == []


def test_a_job_of_a_dead_owner_is_recovered_before_its_lease_ends_and_fails_at_last(tables: Tables):
    job = tables.store.submit("square", {})
    for attempt in (1, 2, 3):
        assert tables.claim(seconds=600).attempt == attempt
        tables.leases.recover(lambda owner: owner == "me", 3, PROBLEM)
    failed = tables.store.get(job.id)
    assert (failed.state, failed.error) == (State.FAILED, {"status": 500, "instance": failed.path})


def test_cancel_before_the_fence_wins_and_behind_it_comes_too_late(tables: Tables):
    first, second = tables.store.submit("square", {}), tables.store.submit("square", {})
    tables.claim()
    tables.claim()
    assert tables.store.cancel(first.id).state is State.CANCEL_PENDING
    with pytest.raises(Cancelled):
        tables.leases.fence(first.id, 1, 60)
    cancelled = tables.leases.succeed(first.id, 1, {"done": "all the same"})
    assert cancelled is not None
    assert (cancelled.state, cancelled.response) == (State.CANCELLED, None)
    tables.leases.fence(second.id, 1, 60)
    assert tables.store.cancel(second.id).state is State.RUNNING
    again = tables.leases.crashed(second.id, 1, 3, PROBLEM)
    assert again is not None
    assert tables.store.cancel(again.id).state is State.CANCELLED


def test_a_released_job_is_not_blamed(tables: Tables):
    job = tables.store.submit("square", {})
    for attempt in range(1, 6):
        assert tables.claim().attempt == attempt
        tables.leases.release(job.id, attempt)
    assert tables.store.get(job.id).failures == 0
