"""The job tables: a service's own in a database, opened so that a crash loses nothing, and rows as jobs."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from chassis.jobs.job import Job, Progress
from chassis.jobs.tables import JobTables, event_of, job_of, open_database
from contracts.messages.jobs import State

ROW: dict[str, Any] = {
    "id": "a",
    "kind": "square",
    "state": "RUNNING",
    "attempt": 1,
    "failures": 0,
    "create_time": 1795766691.25,
    "update_time": 1795766692.5,
    "progress": '{"phase": "half", "fraction": 0.5, "completedTasks": 1, "totalTasks": 2}',
    "request": '{"number": 2}',
    "fingerprint": "f",
    "publishing": False,
    "may_have_published": False,
    "changes": 3,
    "resource": "squares/1",
}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'deep' / 'jobs.db'}")


def created(engine: Engine, service: str = "test") -> JobTables:
    tables = JobTables(service)
    tables.metadata.create_all(engine)
    return tables


def job(engine: Engine, tables: JobTables, **values: Any) -> Job:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(insert(tables.jobs).values({**ROW, **values}))
        return job_of(connection.execute(select(tables.jobs).where(tables.jobs.c.id == values.get("id", "a"))).one())


def test_services_share_a_database_and_no_table(engine: Engine) -> None:
    for service in ("modeling", "preprocessing"):
        tables = created(engine, service)
        assert job(engine, tables).id == "a"
    assert set(inspect(engine).get_table_names()) >= {
        "modeling_jobs",
        "modeling_job_events",
        "preprocessing_jobs",
        "preprocessing_job_events",
    }
    engine.dispose()


def test_a_row_is_a_job(engine: Engine) -> None:
    found = job(engine, created(engine))
    assert found == Job(
        id="a",
        kind="square",
        state=State.RUNNING,
        attempt=1,
        failures=0,
        create_time=1795766691.25,
        update_time=1795766692.5,
        start_time=None,
        progress=Progress("half", 0.5, 1, 2),
        request={"number": 2},
        resource="squares/1",
    )
    done = {"state": "FAILED", "error": '{"status": 500}', "response": "null", "timeout": 5.0, "seconds_run": 2.0}
    failed = job(engine, JobTables("test"), id="b", **done)
    assert (failed.error, failed.response, failed.seconds_left) == ({"status": 500}, None, 3.0)
    engine.dispose()


def test_an_event_has_the_state_of_then_and_a_result_only_at_the_end(engine: Engine) -> None:
    now = job(engine, created(engine), state="SUCCEEDED", response='{"square": 4}', attempt=2)
    progress = json.dumps(Progress("begin", 0.0).to_json())

    def event(state: str) -> Any:
        row = SimpleNamespace(number=2, time=7.5, state=state, attempt=1, progress=progress, is_progress=True)
        return event_of(cast("Any", row), now)

    then = event("RUNNING")
    assert (then.number, then.is_progress) == (2, True)
    assert (then.job.state, then.job.attempt, then.job.update_time) == (State.RUNNING, 1, 7.5)
    assert (then.job.progress, then.job.response) == (Progress("begin", 0.0), None)
    assert (then.job.request, then.job.create_time) == (now.request, now.create_time)
    assert event("SUCCEEDED").job.response == {"square": 4}
    engine.dispose()


def test_only_one_unfinished_job_may_have_a_resource(engine: Engine) -> None:
    tables = created(engine)
    job(engine, tables)
    for state in ("PENDING", "RUNNING", "CANCEL_PENDING"):
        with pytest.raises(IntegrityError):
            job(engine, tables, id=state, state=state)
    job(engine, tables, id="done", state="SUCCEEDED")
    for name in ("one", "two"):
        job(engine, tables, id=name, resource=None)
    with pytest.raises(IntegrityError):
        job(engine, tables, resource="other")  # an id that is taken
    engine.dispose()


def test_numbers_of_jobs_are_never_used_again(engine: Engine) -> None:
    tables = created(engine)
    job(engine, tables)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        (first,) = connection.execute(select(tables.jobs.c.seq)).scalars()
        connection.execute(tables.jobs.delete())
    job(engine, tables)
    with engine.connect() as connection:
        assert list(connection.execute(select(tables.jobs.c.seq)).scalars()) == [first + 1]
    engine.dispose()


def test_what_is_written_is_on_disk_and_readers_do_not_wait(engine: Engine) -> None:
    tables = created(engine)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
    with engine.connect().execution_options(writes=True) as writer, writer.begin():
        writer.execute(insert(tables.jobs).values(ROW))
        with engine.connect() as reader:
            assert reader.execute(select(tables.jobs)).all() == []
    engine.dispose()


def test_writers_take_turns_from_their_first_read_on(engine: Engine) -> None:
    tables = created(engine)
    job(engine, tables)
    barrier = threading.Barrier(4)

    def count_up() -> None:
        barrier.wait()
        for _ in range(5):
            with engine.connect().execution_options(writes=True) as connection, connection.begin():
                changes = connection.execute(select(tables.jobs.c.changes)).scalar_one()
                connection.execute(tables.jobs.update().values(changes=changes + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert connection.execute(select(tables.jobs.c.changes)).scalar_one() == ROW["changes"] + 20
    engine.dispose()


def test_nothing_is_connected_until_it_is_used(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a' / 'jobs.db'}"
    open_database(url).dispose()
    assert (tmp_path / "a").is_dir()
    assert not (tmp_path / "a" / "jobs.db").exists()
