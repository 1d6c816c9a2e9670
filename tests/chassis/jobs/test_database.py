"""Changes of jobs and their events on a real database."""

from __future__ import annotations

from pathlib import Path

from chassis_tables import Tables

from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import EVENTS_KEPT, JobDatabase
from chassis.jobs.job import Progress
from contracts.messages.jobs import State

PROBLEM = {"status": 500}


def test_tables_of_an_earlier_release_get_the_columns_that_they_lack(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    database = JobDatabase("old", url)
    database.create()
    earlier = JobClientStore(database).submit("square", {"number": 1})
    with database.write() as connection:
        for column in ("timeout", "seconds_run"):
            connection.exec_driver_sql(f"ALTER TABLE old_jobs DROP COLUMN {column}")
    database.close()
    database = JobDatabase("old", url)
    database.create()
    found = JobClientStore(database).get(earlier.id)
    assert (found.timeout, found.seconds_run, found.seconds_left) == (None, 0.0, None)
    assert JobClientStore(database).submit("square", {"number": 2}, timeout=5).seconds_left == 5
    database.close()


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
