"""One service's job tables in one database: transactions, and the one way in which a job is changed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, delete, extract, func, insert, inspect, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateColumn

from chassis.jobs.job import Job, check_transition
from chassis.jobs.leases import Now, now_on_this_machine
from chassis.jobs.tables import JobTables, job_of, open_database
from chassis.problems import problem_of
from chassis.strict_json import dumps
from contracts.errors import Cancelled, NotFound
from contracts.messages.jobs import State

__all__ = ["JobDatabase", "Settle", "Values", "cancelled", "succeeded"]

EVENTS_KEPT = 200
_PRUNE_EVERY = 50

Values = dict[str, Any]
"""New values of a row's columns."""

Settle = Callable[[Job], "Values | None"]


class JobDatabase:
    """Safe to use from any thread.

    Parameters
    ----------
    on_change
        Called with a job's id, by those who change it, after the commit.
    settle
        Returns the response of a job of which an attempt has published, else None, and then none will: see `kinds.Settle`.
        Called before a job that may have published is recorded as anything but succeeded, never within a transaction.
    """

    def __init__(
        self,
        service: str,
        url: str,
        on_change: Callable[[str], None] = lambda _: None,
        settle: Settle = lambda _: None,
    ) -> None:
        self.tables = JobTables(service)
        self.on_change = on_change
        self.settle = settle
        self._jobs = self.tables.jobs
        self._events = self.tables.events
        self._engine = open_database(url)

    def create(self) -> None:
        """Create missing tables, and the columns that an earlier release lacked."""
        with self.write() as connection:
            self.tables.metadata.create_all(connection)
            there = {column["name"] for column in inspect(connection).get_columns(self._jobs.name)}
            for column in self._jobs.columns:
                if column.name not in there:
                    described = CreateColumn(column).compile(dialect=connection.dialect)
                    connection.exec_driver_sql(f"ALTER TABLE {self._jobs.name} ADD COLUMN {described}")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def check(self) -> None:
        """Check that the tables can be read. Raises the database's error."""
        with self.read() as connection:
            connection.execute(select(self._jobs.c.seq).limit(1))

    @contextmanager
    def read(self) -> Generator[Connection]:
        """One transaction that sees one state of the tables."""
        with self._engine.connect() as connection:
            if connection.dialect.name != "sqlite":  # where each statement would see a state of its own
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One transaction that may change something; it is undone when the block raises."""
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def now(self, connection: Connection) -> Now:
        """Return the present moment: by the database's clock where several machines share it, since theirs may differ."""
        if connection.dialect.name == "sqlite":
            return now_on_this_machine()
        return Now(float(connection.execute(select(extract("epoch", func.clock_timestamp()))).scalar_one()))

    def row(self, connection: Connection, job_id: str, *, lock: bool = False) -> Row[Any]:
        """Return the row of a job; with `lock`, locked until the transaction ends. Raises NotFound."""
        query = select(self._jobs).where(self._jobs.c.id == job_id)
        row = connection.execute(query.with_for_update() if lock else query).first() if job_id.isalnum() else None
        if row is None:
            raise NotFound(f"No such job. Received: {job_id!r}")
        return row

    def change(self, connection: Connection, row: Row[Any], values: Values, *, is_progress: bool = False) -> Job:
        """Write one change of a job and its event."""
        check_transition(State(row.state), State(values.get("state", row.state)))
        now, number = self.now(connection).wall, row.changes + 1
        this_job = self._jobs.c.seq == row.seq
        connection.execute(update(self._jobs).where(this_job).values({**values, "update_time": now, "changes": number}))
        fresh = connection.execute(select(self._jobs).where(this_job)).one()
        event = {"job_seq": row.seq, "number": number, "time": now, "is_progress": is_progress}
        then = {"state": fresh.state, "attempt": fresh.attempt, "progress": fresh.progress}
        connection.execute(insert(self._events).values({**event, **then}))
        if number % _PRUNE_EVERY == 0:
            too_old = self._events.c.number <= number - EVENTS_KEPT
            connection.execute(delete(self._events).where(self._events.c.job_seq == row.seq, too_old))
        return job_of(fresh)


def cancelled(row: Row[Any]) -> Values:
    """Return the values of a job that ends as cancelled."""
    return {"state": State.CANCELLED, "error": dumps(problem_of(Cancelled()).at(f"/v1/jobs/{row.id}").to_json())}


def succeeded(row: Row[Any], response: Values) -> Values:
    """Return the values of a job that ends with a response."""
    whole = replace(job_of(row).progress, fraction=1.0)
    return {"state": State.SUCCEEDED, "response": dumps(response), "progress": dumps(whole.to_json())}
