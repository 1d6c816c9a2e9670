"""The job tables on a real SQLite file, with threads where races matter.

With TANDEM_TEST_POSTGRESQL set to a SQLAlchemy URL (and psycopg installed) the same tests run against that server too.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from chassis_engines import KINDS

from chassis.jobs.client_store import IdempotencyKeyReused, JobStore
from chassis.jobs.database import EVENTS_KEPT, JobDatabase
from chassis.jobs.job import Job, Progress, State
from chassis.jobs.queue import Jobs
from chassis.jobs.worker_store import JobLeases
from chassis.settings import ServiceSettings
from contracts.errors import Cancelled, InvalidRequest, NameTaken, NotFound, Overloaded, Superseded

PROBLEM = {"status": 500}


@dataclass
class Tables:
    store: JobStore
    leases: JobLeases
    changed: list[str]

    def claim(self, seconds: float = 60) -> Job:
        job = self.leases.claim("me", seconds)
        assert job is not None
        return job


POSTGRESQL = os.environ.get("TANDEM_TEST_POSTGRESQL")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"])
def tables(tmp_path: Path, request: pytest.FixtureRequest) -> Generator[Tables]:
    changed: list[str] = []
    url = f"sqlite:///{tmp_path / 'deep' / 'jobs.db'}"
    if request.param == "postgresql":
        assert POSTGRESQL is not None
        url = POSTGRESQL
    database = JobDatabase(f"test_{uuid.uuid4().hex[:8]}", url, on_change=changed.append)
    database.create()
    database.create()  # a second start finds them there
    yield Tables(JobStore(database), JobLeases(database), changed)
    database.close()


def test_tables_of_an_earlier_release_get_the_columns_that_they_lack(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    database = JobDatabase("old", url)
    database.create()
    earlier = JobStore(database).submit("square", {"number": 1})
    with database.write() as connection:
        for column in ("timeout", "seconds_run"):
            connection.exec_driver_sql(f"ALTER TABLE old_jobs DROP COLUMN {column}")
    database.close()
    database = JobDatabase("old", url)
    database.create()
    found = JobStore(database).get(earlier.id)
    assert (found.timeout, found.seconds_run, found.seconds_left) == (None, 0.0, None)
    assert JobStore(database).submit("square", {"number": 2}, timeout=5).seconds_left == 5
    database.close()


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


def in_threads(count: int, work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_every_change_is_told_and_kept_as_an_event(tables: Tables):
    job = tables.store.submit("square", {"number": 2})
    claimed = tables.claim()
    tables.leases.progress(job.id, 1, Progress("half", 0.5, 1, 2, {"rows": 7}))
    done = tables.leases.succeed(job.id, 1, {"square": 4})
    assert claimed.attempt == 1
    assert done == tables.store.get(job.id)
    events = tables.store.events(job.id)
    assert [event.job.state for event in events] == ["PENDING", "RUNNING", "RUNNING", "SUCCEEDED"]
    assert [event.number for event in events] == [1, 2, 3, 4]
    assert events[-1].job == done
    assert events[2].job.progress == Progress("half", 0.5, 1, 2, {"rows": 7})
    assert events[2].job.response is None
    assert events[2].is_progress
    assert tables.store.events(job.id, after=3) == events[3:]
    assert tables.changed == [job.id] * 4


def test_events_are_bounded_and_the_last_is_kept(tables: Tables):
    job = tables.store.submit("square", {})
    tables.claim()
    for step in range(EVENTS_KEPT + 120):
        tables.leases.progress(job.id, 1, Progress("step", step / 1000))
    tables.leases.fail(job.id, 1, PROBLEM)
    events = tables.store.events(job.id)
    assert len(events) <= EVENTS_KEPT + 50
    assert events[-1].job.state is State.FAILED


def test_each_job_is_claimed_once_and_in_order(tables: Tables):
    ids = [tables.store.submit("square", {"number": n}).id for n in range(30)]
    claimed: list[str] = []

    def claim_all() -> None:
        while (job := tables.leases.claim("me", 60)) is not None:
            claimed.append(job.id)

    in_threads(4, claim_all)
    assert sorted(claimed) == sorted(ids)
    assert claimed[0] == ids[0]


def test_two_unfinished_jobs_cannot_have_the_same_resource(tables: Tables):
    outcomes: list[object] = []

    def submit() -> None:
        try:
            outcomes.append(tables.store.submit("square", {}, resource="squares/1"))
        except NameTaken:
            outcomes.append(None)

    in_threads(6, submit)
    (job,) = (outcome for outcome in outcomes if isinstance(outcome, Job))
    tables.claim()
    with pytest.raises(NameTaken, match="squares/1"):
        tables.store.submit("square", {}, resource="squares/1")
    tables.store.cancel(job.id)
    with pytest.raises(NameTaken):
        tables.store.submit("square", {}, resource="squares/1")
    tables.leases.crashed(job.id, 1, 3, PROBLEM)
    assert tables.store.get(job.id).state is State.CANCELLED
    tables.store.submit("square", {}, resource="squares/1")


def test_the_same_key_and_body_give_the_same_job(tables: Tables):
    jobs: list[Job] = []
    in_threads(
        6, lambda: jobs.append(tables.store.submit("square", {"a": 1, "b": 2}, idempotency_key="k", resource="r"))
    )
    assert len({job.id for job in jobs}) == 1
    tables.claim()
    tables.leases.fail(jobs[0].id, 1, PROBLEM)
    again = tables.store.submit("square", {"b": 2, "a": 1}, idempotency_key="k", resource="r")
    assert again == tables.store.get(jobs[0].id)
    with pytest.raises(IdempotencyKeyReused, match="'k'"):
        tables.store.submit("square", {"a": 2}, idempotency_key="k", resource="r")
    with pytest.raises(IdempotencyKeyReused):
        tables.store.submit("cube", {"a": 1, "b": 2}, idempotency_key="k", resource="r")


def test_too_many_waiting_jobs_are_turned_away(tables: Tables):
    for _ in range(3):
        tables.store.submit("square", {}, max_queued=3)
    with pytest.raises(Overloaded):
        tables.store.submit("square", {}, max_queued=3)
    tables.claim()
    tables.store.submit("square", {}, max_queued=3)


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
        tables.leases.fence(job.id, 1)
    assert tables.leases.heartbeat(job.id, 1, 60) is None
    assert tables.leases.state_of(job.id, 1) is None
    assert tables.leases.progress(job.id, 1, Progress()) is None
    assert tables.leases.succeed(job.id, 1, {}) is None
    assert tables.leases.fail(job.id, 1, PROBLEM) is None
    assert tables.leases.crashed(job.id, 1, 3, PROBLEM) is None
    assert tables.leases.release(job.id, 1) is None
    assert tables.store.get(job.id).state is State.RUNNING
    tables.leases.fence(job.id, 2)


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
        tables.leases.fence(first.id, 1)
    cancelled = tables.leases.succeed(first.id, 1, {"done": "all the same"})
    assert cancelled is not None
    assert (cancelled.state, cancelled.response) == (State.CANCELLED, None)
    tables.leases.fence(second.id, 1)
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


def test_pages_list_every_job_once_newest_first_while_new_ones_come_in(tables: Tables):
    jobs = Jobs(tables.store, ServiceSettings(port=0, max_queued_jobs=5), lambda: None)
    ids = [jobs.submit(KINDS["square"], {"number": n}).id for n in range(5)]
    with pytest.raises(Overloaded):
        jobs.submit(KINDS["square"], {})
    found: list[str] = []
    page = jobs.list(2)
    tables.store.submit("square", {})
    while True:
        found += [job.id for job in page.jobs]
        if page.next_page_token is None:
            break
        page = jobs.list(2, page.next_page_token)
    assert found == ids[::-1]


@pytest.mark.parametrize("token", ["", "x", "é", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "\x00"])
def test_a_page_token_from_elsewhere_is_refused(tables: Tables, token: str):
    with pytest.raises(InvalidRequest):
        Jobs(tables.store, ServiceSettings(port=0), lambda: None).list(2, token)


@pytest.mark.parametrize("job_id", ["none", "", "\x00", "a/b", "é"])
def test_an_unknown_job_is_not_found(tables: Tables, job_id: str):
    with pytest.raises(NotFound):
        tables.store.get(job_id)


def test_old_finished_jobs_are_forgotten_and_unfinished_ones_never(tables: Tables):
    ids = [tables.store.submit("square", {}).id for _ in range(5)]
    for job_id in ids[:4]:
        tables.store.cancel(job_id)
    assert sorted(tables.store.forget_finished(keep=1)) == sorted(ids[:3])
    assert [job.id for job in tables.store.page(10)[0]] == [ids[4], ids[3]]
    assert tables.store.counts()[State.CANCELLED] == 1


def test_a_request_with_odd_text_and_numbers_comes_back(tables: Tables):
    odd = {"text": "\x00\ud800é\n", "big": 2**80, "nan": float("nan")}
    job = tables.store.get(tables.store.submit("square", odd).id)
    assert job.request == {**odd, "nan": None}
