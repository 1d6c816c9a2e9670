"""The durable tables as SQLAlchemy sees them, and how to open a database that holds them.

SQLite needs no set-up and serves one machine; any PostgreSQL URL serves several. Values that only clients read (request,
response, error, progress) are JSON text; what queries look at are columns.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Row,
    Table,
    Text,
    and_,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine import Connection

from chassis.jobs.job import UNFINISHED, Job, JobEvent, Progress
from contracts.messages.jobs import State

__all__ = ["JobTables", "event_of", "job_of", "open_database"]

_BUSY_SECONDS = 30.0
_Counter = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for plain INTEGER


class JobTables:
    """The tables of one service; services may share a database, never a table."""

    def __init__(self, service: str) -> None:
        self.metadata = MetaData()
        self.jobs = Table(
            f"{service}_jobs",
            self.metadata,
            Column("seq", _Counter, primary_key=True, autoincrement=True),
            Column("id", Text, nullable=False, unique=True),
            Column("kind", Text, nullable=False),
            Column("state", Text, nullable=False),
            Column("attempt", Integer, nullable=False),
            Column("failures", Integer, nullable=False),
            Column("create_time", Float(53), nullable=False),
            Column("update_time", Float(53), nullable=False),
            Column("start_time", Float(53)),
            Column("progress", Text, nullable=False),
            Column("request", Text, nullable=False),
            Column("response", Text),
            Column("error", Text),
            Column("resource", Text),
            Column("idempotency_key", Text, unique=True),
            Column("fingerprint", Text, nullable=False),
            Column("owner", Text),
            Column("lease_until", Float(53)),
            Column("publishing", Boolean, nullable=False),
            Column("changes", Integer, nullable=False),
            Column("timeout", Float(53)),
            Column("seconds_run", Float(53), nullable=False, server_default="0"),
            Column("may_have_published", Boolean),  # null: not recorded by the release that submitted it
            Column("clock", Text),
            Column("start_steady", Float(53)),
            Column("lease_steady", Float(53)),
            sqlite_autoincrement=True,
        )
        one_writer = and_(
            self.jobs.c.state.in_(sorted(UNFINISHED)),
            self.jobs.c.resource.is_not(None),
        )
        Index(
            f"{service}_one_unfinished_job_per_resource",
            self.jobs.c.resource,
            unique=True,
            sqlite_where=one_writer,
            postgresql_where=one_writer,
        )
        Index(f"{service}_jobs_by_state", self.jobs.c.state, self.jobs.c.seq)
        self.events = Table(
            f"{service}_job_events",
            self.metadata,
            Column("job_seq", BigInteger, nullable=False),
            Column("number", Integer, nullable=False),
            Column("time", Float(53), nullable=False),
            Column("state", Text, nullable=False),
            Column("attempt", Integer, nullable=False),
            Column("progress", Text, nullable=False),
            Column("is_progress", Boolean, nullable=False),
            PrimaryKeyConstraint("job_seq", "number"),
        )


def open_database(url: str) -> Engine:
    """Make an engine for `url`. For SQLite, creates the folder and sets write-ahead logging; nothing is connected yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS})

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself; `began` does
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    def began(connection: Connection) -> None:
        # A transaction that may write takes the lock at once: to read first and upgrade later can fail half way.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)
    return engine


def job_of(row: Row[Any]) -> Job:
    """Return the job in a row of the jobs table."""
    return Job(
        id=row.id,
        kind=row.kind,
        state=State(row.state),
        attempt=row.attempt,
        failures=row.failures,
        create_time=row.create_time,
        update_time=row.update_time,
        start_time=row.start_time,
        progress=Progress.from_json(json.loads(row.progress)),
        request=json.loads(row.request),
        response=None if row.response is None else json.loads(row.response),
        error=None if row.error is None else json.loads(row.error),
        resource=row.resource,
        timeout=row.timeout,
        seconds_run=row.seconds_run,
        may_have_published=row.attempt > 0 if row.may_have_published is None else row.may_have_published,
    )


def event_of(row: Row[Any], now: Job) -> JobEvent:
    """Return the event in a row: the present job, with the state that it had right after that change."""
    state = State(row.state)
    then = Job(
        id=now.id,
        kind=now.kind,
        state=state,
        attempt=row.attempt,
        failures=now.failures,
        create_time=now.create_time,
        update_time=row.time,
        start_time=now.start_time,
        progress=Progress.from_json(json.loads(row.progress)),
        request=now.request,
        response=now.response if state.done else None,
        error=now.error if state.done else None,
        resource=now.resource,
        timeout=now.timeout,
        seconds_run=now.seconds_run,
        may_have_published=now.may_have_published,
    )
    return JobEvent(number=row.number, job=then, is_progress=row.is_progress)
