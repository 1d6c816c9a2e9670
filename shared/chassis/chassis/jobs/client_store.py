"""The job table's client side: submit, get, list, cancel. Each method is one transaction; a lost race is no fault."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import case, delete, func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from chassis.jobs.database import JobDatabase, Values, cancelled, succeeded
from chassis.jobs.job import UNFINISHED, Job, JobEvent, Progress
from chassis.jobs.tables import event_of, job_of
from chassis.strict_json import dumps
from contracts.errors import InvalidRequest, NameTaken, NotFound, Overloaded
from contracts.messages.jobs import State

__all__ = ["IdempotencyKeyReused", "JobClientStore"]


class IdempotencyKeyReused(InvalidRequest):
    """This Idempotency-Key came with another request before."""


@dataclass(frozen=True, slots=True)
class _Others:
    """The jobs that write one resource: the newest one's number, and whether one is unfinished."""

    newest: int | None = None
    unfinished: bool = False


class JobClientStore:
    """The clients' side of the tables; `worker_store` holds the workers'."""

    def __init__(self, database: JobDatabase) -> None:
        self._database = database
        self._jobs = database.tables.jobs
        self._events = database.tables.events

    def submit(
        self,
        kind: str,
        request: Values,
        *,
        resource: str | None = None,
        idempotency_key: str | None = None,
        max_queued: int | None = None,
        timeout: float | None = None,
        admit: Callable[[], None] = lambda: None,
    ) -> Job:
        """Add a job, or return the one that the same key and body made before.

        `admit` raises when the request cannot be accepted, such as for a name that was published. It is asked again when another
        job of the same resource has come and gone since, which may have published it.

        Raises IdempotencyKeyReused, NameTaken while another unfinished job writes `resource`, and Overloaded.
        """
        fingerprint = dumps([kind, resource, request], sort_keys=True)
        added = None
        while added is None:
            with self._database.read() as connection:
                earlier = self._by_key(connection, idempotency_key, fingerprint)
                if earlier is not None:
                    return earlier
                others = self._others(connection, resource)
            admit()
            if others.unfinished:
                raise NameTaken(f"An unfinished job writes {resource} already.")
            try:
                with self._database.write() as connection:
                    earlier = self._by_key(connection, idempotency_key, fingerprint)
                    if earlier is not None:
                        return earlier
                    self._lock_resource(connection, resource)
                    if self._others(connection, resource) != others:
                        continue
                    waiting = select(func.count()).where(self._jobs.c.state == State.PENDING)
                    if max_queued is not None and connection.execute(waiting).scalar_one() >= max_queued:
                        raise Overloaded(f"The queue is full: {max_queued} jobs are waiting. Try again later.")
                    added = self._insert(connection, kind, request, resource, idempotency_key, fingerprint, timeout)
            except IntegrityError:
                continue  # PostgreSQL: another submit of this key or resource came between, which the next look sees
        self._database.on_change(added.id)
        return added

    def get(self, job_id: str) -> Job:
        """Return the job. Raises NotFound."""
        with self._database.read() as connection:
            return job_of(self._database.row(connection, job_id))

    def page(self, size: int, before: int | None = None) -> tuple[list[Job], int | None]:
        """Return up to `size` jobs, newest first, and where the next page begins (None after the last)."""
        query = select(self._jobs).order_by(self._jobs.c.seq.desc()).limit(size + 1)
        if before is not None:
            query = query.where(self._jobs.c.seq < before)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [job_of(row) for row in rows[:size]], rows[size - 1].seq if len(rows) > size else None

    def events(self, job_id: str, after: int = 0) -> list[JobEvent]:
        """Return the kept events of a job with a number above `after`, oldest first; the latest is always kept."""
        with self._database.read() as connection:
            row = self._database.row(connection, job_id)
            query = select(self._events).where(self._events.c.job_seq == row.seq, self._events.c.number > after)
            events = connection.execute(query.order_by(self._events.c.number)).all()
        job = job_of(row)
        return [event_of(event, job) for event in events]

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop. A job that is done, or that is past its fence, stays as it is.

        One that waits again after it has published has succeeded.
        """
        settled_attempt, response = -1, None
        while True:
            with self._database.write() as connection:
                row = self._database.row(connection, job_id, lock=True)
                if row.state == State.PENDING:
                    if not job_of(row).may_have_published or row.attempt == settled_attempt:
                        values = cancelled(row) if response is None else succeeded(row, response)
                        job = self._database.change(connection, row, values)
                        break
                elif row.state == State.RUNNING and not row.publishing:
                    job = self._database.change(connection, row, {"state": State.CANCEL_PENDING})
                    break
                else:
                    return job_of(row)
            settled_attempt, response = row.attempt, self._database.settle(job_of(row))
        self._database.on_change(job_id)
        return job

    def has_published(self, job_id: str, response: Values) -> Job | None:
        """Record that a job has succeeded, unless it is done. Returns the job if that changed it; None for an unknown one."""
        try:
            with self._database.write() as connection:
                row = self._database.row(connection, job_id, lock=True)
                if State(row.state).done:
                    return None
                job = self._database.change(connection, row, succeeded(row, response))
        except NotFound:
            return None
        self._database.on_change(job_id)
        return job

    def counts(self) -> dict[State, int]:
        """Count the jobs in each state."""
        query = select(self._jobs.c.state, func.count()).group_by(self._jobs.c.state)
        with self._database.read() as connection:
            counts = {State(row[0]): int(row[1]) for row in connection.execute(query)}
        return {state: counts.get(state, 0) for state in State}

    def forget_finished(self, keep: int) -> list[str]:
        """Delete all finished jobs but the last `keep`, with their events. Returns their ids."""
        finished = self._jobs.c.state.not_in(sorted(UNFINISHED))
        old = select(self._jobs.c.seq, self._jobs.c.id).where(finished).order_by(self._jobs.c.seq.desc()).offset(keep)
        with self._database.write() as connection:
            rows = connection.execute(old.limit(1000)).all()
            gone = [row.seq for row in rows]
            if gone:
                connection.execute(delete(self._events).where(self._events.c.job_seq.in_(gone)))
                connection.execute(delete(self._jobs).where(self._jobs.c.seq.in_(gone)))
        return [row.id for row in rows]

    def _others(self, connection: Connection, resource: str | None) -> _Others:
        """Return which jobs write a resource."""
        if resource is None:
            return _Others()
        unfinished = func.coalesce(func.max(case((self._jobs.c.state.in_(sorted(UNFINISHED)), 1), else_=0)), 0)
        query = select(func.max(self._jobs.c.seq), unfinished).where(self._jobs.c.resource == resource)
        newest, is_unfinished = connection.execute(query).one()
        return _Others(newest, bool(is_unfinished))

    def _lock_resource(self, connection: Connection, resource: str | None) -> None:
        """Keep others from adding a job of this resource until the transaction ends; SQLite lets one transaction write anyway."""
        if resource is not None and connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(resource, 0))))

    def _by_key(self, connection: Connection, key: str | None, fingerprint: str) -> Job | None:
        row = connection.execute(select(self._jobs).where(self._jobs.c.idempotency_key == key)).first() if key else None
        if row is not None and row.fingerprint != fingerprint:
            raise IdempotencyKeyReused(f"This Idempotency-Key came with another request before. Received: {key!r}")
        return None if row is None else job_of(row)

    def _insert(
        self,
        connection: Connection,
        kind: str,
        request: Values,
        resource: str | None,
        key: str | None,
        fingerprint: str,
        timeout: float | None,
    ) -> Job:
        now = self._database.now(connection).wall
        job_id = uuid.uuid4().hex
        values = {
            "id": job_id,
            "kind": kind,
            "state": State.PENDING,
            "attempt": 0,
            "failures": 0,
            "create_time": now,
            "update_time": now,
            "progress": dumps(Progress().to_json()),
            "request": dumps(request),
            "resource": resource,
            "idempotency_key": key,
            "fingerprint": fingerprint,
            "timeout": timeout,
            "seconds_run": 0.0,
            "publishing": False,
            "may_have_published": False,
            "changes": 0,
        }
        connection.execute(insert(self._jobs).values(values))
        return self._database.change(connection, self._database.row(connection, job_id), {})
