"""What an attempt has published is its job's success, whatever looks first: a cancel, a recovery, the last crash, a deletion."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chassis_tables import Tables, in_threads

from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import JobDatabase
from chassis.jobs.job import Job
from chassis.jobs.worker_store import JobWorkerStore, Settler
from contracts.errors import NameTaken, Unavailable
from contracts.messages.jobs import State

PROBLEM = {"status": 500}
RESPONSE = {"rows": 7}
ME = Settler("me-again", 60)


def everybody_is_gone(_owner: str) -> bool:
    return True


def crashed_after_publishing(tables: Tables, *, crashes: int = 1) -> Job:
    """A job whose attempt has published and then crashed, and which waits again after so many crashes."""
    job = tables.store.submit("make", {}, resource="things/x")
    for attempt in range(1, crashes + 1):
        tables.claim()
        tables.leases.fence(job.id, attempt, 60)
        tables.published[job.id] = RESPONSE
        assert tables.leases.recover(everybody_is_gone, 3, PROBLEM, ME)[0].state is State.PENDING
    return tables.store.get(job.id)


def cancel_while_it_waits(tables: Tables, job: Job) -> None:
    tables.store.cancel(job.id)


def cancel_while_it_runs(tables: Tables, job: Job) -> None:
    tables.claim()
    assert tables.store.cancel(job.id).state is State.CANCEL_PENDING
    tables.leases.fail(job.id, 2, PROBLEM)


def cancel_and_crash(tables: Tables, job: Job) -> None:
    tables.claim()
    tables.store.cancel(job.id)
    tables.leases.recover(everybody_is_gone, 3, PROBLEM, ME)


def fail(tables: Tables, job: Job) -> None:
    tables.claim()
    tables.leases.fail(job.id, 2, PROBLEM)


def crash_for_the_last_time(tables: Tables, job: Job) -> None:
    tables.claim()
    tables.leases.crashed(job.id, 2, 2, PROBLEM)


def be_left_for_the_last_time(tables: Tables, job: Job) -> None:
    tables.claim()
    tables.leases.recover(everybody_is_gone, 2, PROBLEM, ME)


def be_released_while_it_is_cancelled(tables: Tables, job: Job) -> None:
    tables.claim()
    tables.store.cancel(job.id)
    tables.leases.release(job.id, 2)


ENDS = [
    cancel_while_it_waits,
    cancel_while_it_runs,
    cancel_and_crash,
    fail,
    crash_for_the_last_time,
    be_left_for_the_last_time,
    be_released_while_it_is_cancelled,
]


@pytest.mark.parametrize("end", ENDS)
def test_however_a_job_ends_that_has_published_it_has_succeeded(
    tables: Tables, end: Callable[[Tables, Job], None]
) -> None:
    job = crashed_after_publishing(tables)
    end(tables, job)
    ended = tables.store.get(job.id)
    assert (ended.state, ended.response, ended.error) == (State.SUCCEEDED, RESPONSE, None)
    assert ended.progress.fraction == 1
    tables.store.submit("make", {}, resource="things/x")


@pytest.mark.parametrize("end", ENDS)
def test_one_that_passed_the_fence_and_published_nothing_ends_as_it_was_asked_to(
    tables: Tables, end: Callable[[Tables, Job], None]
) -> None:
    job = crashed_after_publishing(tables)
    tables.published.clear()
    end(tables, job)
    ended = tables.store.get(job.id)
    assert ended.state in {State.CANCELLED, State.FAILED}
    assert ended.error is not None
    (settled,) = tables.settled
    assert settled[1] <= ended.attempt, "no attempt that may still be at work is kept from publishing"


@pytest.mark.parametrize("end", ENDS)
def test_where_no_attempt_passed_the_fence_the_storage_is_not_asked(
    tables: Tables, end: Callable[[Tables, Job], None]
) -> None:
    job = tables.store.submit("make", {})
    tables.claim()
    tables.leases.crashed(job.id, 1, 3, PROBLEM)
    end(tables, job)
    assert tables.store.get(job.id).state in {State.CANCELLED, State.FAILED}
    assert tables.settled == []


def test_a_lost_attempt_is_taken_off_the_job_before_the_storage_is_asked(tables: Tables) -> None:
    """It may live after all, and must not renew its lease, or pass the fence, while what it has published is looked for."""
    job = crashed_after_publishing(tables, crashes=2)
    tables.claim()
    (ended,) = tables.leases.recover(everybody_is_gone, 3, PROBLEM, ME)
    assert (ended.state, ended.attempt) == (State.SUCCEEDED, 4)
    assert tables.leases.heartbeat(job.id, 3, 60) is None
    assert tables.settled == [(job.id, 4)]


def test_a_job_that_was_claimed_while_the_storage_was_asked_is_cancelled_as_a_running_one(tables: Tables) -> None:
    database = tables.store._database  # pyright: ignore[reportPrivateUsage]
    job = crashed_after_publishing(tables)
    tables.published.clear()

    def settle_slowly(_job: Job) -> None:
        tables.claim()

    database.settle = settle_slowly
    assert tables.store.cancel(job.id).state is State.CANCEL_PENDING
    assert tables.store.get(job.id).attempt == 2


def test_nothing_is_recorded_while_the_storage_does_not_tell(tables: Tables) -> None:
    database = tables.store._database  # pyright: ignore[reportPrivateUsage]
    job, settle = crashed_after_publishing(tables), database.settle

    def away(_job: Job) -> None:
        raise Unavailable

    database.settle = away
    with pytest.raises(Unavailable):
        tables.store.cancel(job.id)
    assert tables.store.get(job.id) == job
    database.settle = settle
    assert tables.store.cancel(job.id).state is State.SUCCEEDED


def test_a_job_of_which_the_storage_does_not_tell_holds_up_no_other(tables: Tables) -> None:
    database = tables.store._database  # pyright: ignore[reportPrivateUsage]
    job, other = crashed_after_publishing(tables), tables.store.submit("make", {})
    for _ in range(2):
        tables.claim()
    settle = database.settle

    def away(_job: Job) -> None:
        raise Unavailable

    database.settle = away
    (ended,) = tables.leases.recover(everybody_is_gone, 1, PROBLEM, ME)
    assert (ended.id, ended.state) == (other.id, State.FAILED)
    database.settle = settle
    (ended,) = tables.leases.recover(everybody_is_gone, 1, PROBLEM, ME)
    assert (ended.id, ended.state) == (job.id, State.SUCCEEDED)


def test_who_removes_what_a_job_has_published_records_its_success_first(tables: Tables) -> None:
    job = crashed_after_publishing(tables)
    tables.claim()
    recorded = tables.store.has_published(job.id, RESPONSE)
    assert recorded is not None
    tables.published.clear()
    assert (recorded.state, recorded.response) == (State.SUCCEEDED, RESPONSE)
    assert tables.leases.heartbeat(job.id, 2, 60) is None, "the attempt that would make it again has lost the job"
    assert tables.store.has_published(job.id, {}) is None
    assert tables.store.has_published("unknown", {}) is None
    assert tables.store.get(job.id) == recorded


def test_a_job_of_an_earlier_release_is_looked_for_in_the_storage(tables: Tables) -> None:
    database = tables.store._database  # pyright: ignore[reportPrivateUsage]
    job, fresh = tables.store.submit("make", {}), tables.store.submit("make", {})
    tables.claim()
    tables.leases.crashed(job.id, 1, 3, PROBLEM)
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE {database.tables.jobs.name} SET may_have_published = NULL")
    assert tables.store.cancel(fresh.id).state is State.CANCELLED
    assert tables.settled == [], "no attempt, nothing published"
    tables.published[job.id] = RESPONSE
    assert tables.store.cancel(job.id).state is State.SUCCEEDED


# --- two requests for one name


def test_a_name_that_was_published_between_the_check_and_the_submission_is_taken(tables: Tables) -> None:
    published: list[str] = []

    def another_comes_first() -> None:
        if published:
            raise NameTaken
        job = tables.store.submit("make", {}, resource="things/x")
        tables.claim()
        tables.leases.succeed(job.id, 1, {})
        published.append("x")

    with pytest.raises(NameTaken):
        tables.store.submit("make", {}, resource="things/x", admit=another_comes_first)
    assert len(tables.store.page(10)[0]) == 1


def test_a_name_whose_job_has_failed_meanwhile_is_free(tables: Tables) -> None:
    checks: list[str] = []

    def another_comes_first() -> None:
        checks.append("x")
        if len(checks) == 1:
            job = tables.store.submit("make", {}, resource="things/x")
            tables.claim()
            tables.leases.fail(job.id, 1, PROBLEM)

    tables.store.submit("make", {}, resource="things/x", admit=another_comes_first)
    assert len(checks) == 2


def storm(tables: Tables, name: str) -> int:
    """Twenty requests for one name at once, while a worker carries out what was accepted. Returns how many were."""
    published: set[str] = set()
    accepted: list[Job] = []

    def admit() -> None:
        if name in published:
            raise NameTaken

    def submit() -> None:
        try:
            job = tables.store.submit("make", {}, resource=f"things/{name}", admit=admit)
        except NameTaken:
            return
        accepted.append(job)
        claimed = tables.leases.claim("me", 60)
        if claimed is not None:
            published.add(name)
            tables.leases.succeed(claimed.id, claimed.attempt, {})

    in_threads(20, submit)
    return len(accepted)


def test_of_twenty_requests_for_one_name_exactly_one_is_accepted(tables: Tables) -> None:
    assert [storm(tables, str(number)) for number in range(2)] == [1, 1]


@pytest.mark.long
def test_of_many_storms_each_has_one_that_is_accepted(tables: Tables) -> None:
    assert {storm(tables, str(number)) for number in range(60)} == {1}


def test_stores_without_a_storage_need_no_hook(tables: Tables) -> None:
    database = JobDatabase("plain", str(tables.store._database._engine.url.render_as_string(hide_password=False)))  # pyright: ignore[reportPrivateUsage]
    database.create()
    store, leases = JobClientStore(database), JobWorkerStore(database)
    job = store.submit("make", {})
    assert leases.claim("me", 60) is not None
    leases.fence(job.id, 1, 60)
    ended = leases.fail(job.id, 1, PROBLEM)
    assert ended is not None
    assert ended.state is State.FAILED
    database.close()
