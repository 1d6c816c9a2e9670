from __future__ import annotations

import pytest
from chassis_engines import KINDS
from chassis_tables import Tables, in_threads

from chassis.jobs.client_store import IdempotencyKeyReused
from chassis.jobs.job import Job
from chassis.jobs.queue import Jobs
from chassis.settings import ServiceSettings
from contracts.errors import InvalidRequest, NameTaken, NotFound, Overloaded
from contracts.messages.jobs import State

PROBLEM = {"status": 500}


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
