"""The durable job table: every change of a job is one transaction here, and a lost race is an answer, not an exception.

What a worker does to a job names the attempt it acts for. When another attempt has taken over, nothing is changed and
the method returns None: the attempt number, not a clock, decides who may write.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, delete, extract, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from chassis.job_table import JobTables, event_of, job_of, open_database
from chassis.jobs import UNFINISHED, Job, JobEvent, Progress, State, check_transition
from chassis.problems import problem_of
from chassis.strict_json import dumps
from contracts.errors import Cancelled, InvalidRequest, NameTaken, NotFound, Overloaded, Superseded

__all__ = ["IdempotencyKeyReused", "JobStore"]

EVENTS_KEPT = 200
_PRUNE_EVERY = 50

Values = dict[str, Any]


class IdempotencyKeyReused(InvalidRequest):
    """This Idempotency-Key came with another request before."""


class JobStore:
    """Jobs of one service in one database. Safe to use from any thread and from several processes."""

    def __init__(self, service: str, url: str, on_change: Callable[[str], None] = lambda _: None) -> None:
        self._tables = JobTables(service)
        self._jobs = self._tables.jobs
        self._events = self._tables.events
        self._engine = open_database(url)
        self._on_change = on_change

    # --- opening and closing

    def create(self) -> None:
        """Make the tables unless they are there."""
        with self._write() as connection:
            self._tables.metadata.create_all(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def check(self) -> None:
        """Raise whatever keeps the table from being read."""
        with self._engine.connect() as connection:
            connection.execute(select(self._jobs.c.seq).limit(1))

    # --- what clients do

    def submit(
        self,
        kind: str,
        request: Values,
        *,
        resource: str | None = None,
        idempotency_key: str | None = None,
        max_queued: int | None = None,
    ) -> Job:
        """Add a job, or return the one that the same key and body made before.

        Raises IdempotencyKeyReused, NameTaken while another unfinished job writes `resource`, and Overloaded.
        """
        fingerprint = dumps([kind, resource, request], sort_keys=True)
        try:
            with self._write() as connection:
                earlier = self._by_key(connection, idempotency_key, fingerprint)
                if earlier is not None:
                    return earlier
                waiting = select(func.count()).where(self._jobs.c.state == State.PENDING)
                if max_queued is not None and connection.execute(waiting).scalar_one() >= max_queued:
                    raise Overloaded(f"{max_queued} jobs are waiting already. Try again later.")
                job = self._insert(connection, kind, request, resource, idempotency_key, fingerprint)
        except IntegrityError as error:
            with self._engine.connect() as connection:  # PostgreSQL: someone else's submit came between
                earlier = self._by_key(connection, idempotency_key, fingerprint)
            if earlier is not None:
                return earlier
            raise NameTaken(f"An unfinished job writes {resource} already.") from error
        self._on_change(job.id)
        return job

    def get(self, job_id: str) -> Job:
        """The job as it is now. Raises NotFound."""
        with self._engine.connect() as connection:
            return job_of(self._row(connection, job_id))

    def page(self, size: int, before: int | None = None) -> tuple[list[Job], int | None]:
        """Up to `size` jobs, newest first, and where the next page begins (None after the last)."""
        query = select(self._jobs).order_by(self._jobs.c.seq.desc()).limit(size + 1)
        if before is not None:
            query = query.where(self._jobs.c.seq < before)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [job_of(row) for row in rows[:size]], rows[size - 1].seq if len(rows) > size else None

    def events(self, job_id: str, after: int = 0) -> list[JobEvent]:
        """The kept events of a job with a number greater than `after`, oldest first; the latest is always kept."""
        with self._engine.connect() as connection:
            row = self._row(connection, job_id)
            query = select(self._events).where(self._events.c.job_seq == row.seq, self._events.c.number > after)
            found = connection.execute(query.order_by(self._events.c.number)).all()
        job = job_of(row)
        return [event_of(each, job) for each in found]

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop. A job that is done, or that is past its fence, stays as it is."""
        with self._write() as connection:
            row = self._row(connection, job_id, lock=True)
            if row.state == State.PENDING:
                job = self._change(connection, row, state=State.CANCELLED, error=_cancelled(row))
            elif row.state == State.RUNNING and not row.publishing:
                job = self._change(connection, row, state=State.CANCEL_PENDING)
            else:
                return job_of(row)
        self._on_change(job_id)
        return job

    def counts(self) -> dict[State, int]:
        """How many jobs are in each state."""
        query = select(self._jobs.c.state, func.count()).group_by(self._jobs.c.state)
        with self._engine.connect() as connection:
            found = {State(state): int(count) for state, count in connection.execute(query).tuples()}
        return {state: found.get(state, 0) for state in State}

    # --- what a worker does

    def has_waiting(self) -> bool:
        """Whether a claim would find a job now."""
        with self._engine.connect() as connection:
            return connection.execute(select(self._jobs.c.seq).where(self._waiting()).limit(1)).first() is not None

    def claim(self, owner: str, lease_seconds: float) -> Job | None:
        """Begin an attempt of the job that has waited longest, or None when nothing waits."""
        oldest = select(self._jobs).where(self._waiting()).order_by(self._jobs.c.seq).limit(1)
        with self._write() as connection:
            row = connection.execute(oldest.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            now = self._now(connection)
            job = self._change(
                connection,
                row,
                state=State.RUNNING,
                attempt=row.attempt + 1,
                owner=owner,
                lease_until=now + lease_seconds,
                publishing=False,
                start_time=now,
                progress=dumps(Progress(phase="starting").to_json()),
            )
        self._on_change(job.id)
        return job

    def recover(self, is_gone: Callable[[str], bool], max_attempts: int, error: Values) -> list[Job]:
        """End each attempt whose lease ran out or whose owner is gone, as `crashed` does. Returns the jobs changed."""
        held = select(self._jobs).where(self._jobs.c.state.in_([State.RUNNING, State.CANCEL_PENDING]))
        with self._engine.connect() as connection:
            rows, now = connection.execute(held).all(), self._now(connection)
        lost = [row for row in rows if row.lease_until < now or is_gone(row.owner)]
        ended = [self._crash(row.id, row.attempt, row.lease_until, max_attempts, error) for row in lost]
        return [job for job in ended if job is not None]

    def heartbeat(self, job_id: str, attempt: int, lease_seconds: float) -> State | None:
        """Renew the lease. Returns the job's state, or None when the attempt is no longer the job's."""
        with self._write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                return None
            renewed = self._now(connection) + lease_seconds
            connection.execute(update(self._jobs).where(self._jobs.c.seq == row.seq).values(lease_until=renewed))
            return State(row.state)

    def state_of(self, job_id: str, attempt: int) -> State | None:
        """The state of a job that this attempt holds, else None. Reads only."""
        with self._engine.connect() as connection:
            row = self._held(connection, job_id, attempt)
            return None if row is None else State(row.state)

    def progress(self, job_id: str, attempt: int, progress: Progress) -> Job | None:
        """Note how far the attempt is."""
        return self._on_held(job_id, attempt, lambda _: {"progress": dumps(progress.to_json()), "is_progress": True})

    def fence(self, job_id: str, attempt: int) -> None:
        """Let the attempt publish, after which cancel is too late. Raises Superseded or Cancelled."""
        with self._write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                raise Superseded(f"Another attempt has taken over. Received: attempt {attempt} of job {job_id}.")
            if row.state == State.CANCEL_PENDING:
                raise Cancelled
            connection.execute(update(self._jobs).where(self._jobs.c.seq == row.seq).values(publishing=True))

    def succeed(self, job_id: str, attempt: int, response: Values) -> Job | None:
        """End the job well, or as cancelled when cancel came before the fence."""

        def outcome(row: Row[Any]) -> Values:
            whole = replace(job_of(row).progress, fraction=1.0)
            return {"state": State.SUCCEEDED, "response": dumps(response), "progress": dumps(whole.to_json())}

        return self._on_held(job_id, attempt, outcome)

    def fail(self, job_id: str, attempt: int, error: Values) -> Job | None:
        """End the job with an error that another attempt would meet again."""
        return self._on_held(job_id, attempt, lambda _: {"state": State.FAILED, "error": dumps(error)})

    def crashed(self, job_id: str, attempt: int, max_attempts: int, error: Values) -> Job | None:
        """End an attempt that came to nothing: the job waits again, or has failed with `error` at the last attempt."""
        return self._crash(job_id, attempt, None, max_attempts, error)

    def release(self, job_id: str, attempt: int) -> Job | None:
        """Give the job back, without blame: the service stops, the job does not."""
        return self._on_held(job_id, attempt, lambda _: _waiting_again())

    def forget_finished(self, keep: int) -> list[str]:
        """Delete all finished jobs but the last `keep`, with their events. Returns their ids."""
        finished = self._jobs.c.state.not_in(sorted(UNFINISHED))
        old = select(self._jobs.c.seq, self._jobs.c.id).where(finished).order_by(self._jobs.c.seq.desc()).offset(keep)
        with self._write() as connection:
            rows = connection.execute(old.limit(1000)).all()
            gone = [row.seq for row in rows]
            if gone:
                connection.execute(delete(self._events).where(self._events.c.job_seq.in_(gone)))
                connection.execute(delete(self._jobs).where(self._jobs.c.seq.in_(gone)))
        return [row.id for row in rows]

    # --- how a change is made

    @contextmanager
    def _write(self) -> Generator[Connection]:
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def _now(self, connection: Connection) -> float:
        """The database's clock where several machines share it, so that theirs need not agree."""
        if connection.dialect.name == "sqlite":
            return time.time()
        return float(connection.execute(select(extract("epoch", func.clock_timestamp()))).scalar_one())

    def _waiting(self) -> Any:
        return self._jobs.c.state == State.PENDING

    def _row(self, connection: Connection, job_id: str, *, lock: bool = False) -> Row[Any]:
        query = select(self._jobs).where(self._jobs.c.id == job_id)
        row = connection.execute(query.with_for_update() if lock else query).first() if job_id.isalnum() else None
        if row is None:
            raise NotFound(f"There is no such job. Received: {job_id!r}")
        return row

    def _by_key(self, connection: Connection, key: str | None, fingerprint: str) -> Job | None:
        row = connection.execute(select(self._jobs).where(self._jobs.c.idempotency_key == key)).first() if key else None
        if row is not None and row.fingerprint != fingerprint:
            raise IdempotencyKeyReused(f"This Idempotency-Key came with another request before. Received: {key!r}")
        return None if row is None else job_of(row)

    def _insert(
        self, connection: Connection, kind: str, request: Values, resource: str | None, key: str | None, print_: str
    ) -> Job:
        now = self._now(connection)
        values = {
            "id": uuid.uuid4().hex,
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
            "fingerprint": print_,
            "publishing": False,
            "changes": 0,
        }
        connection.execute(insert(self._jobs).values(values))
        return self._change(connection, self._row(connection, values["id"]))

    def _held(self, connection: Connection, job_id: str, attempt: int) -> Row[Any] | None:
        query = select(self._jobs).where(
            self._jobs.c.id == job_id,
            self._jobs.c.attempt == attempt,
            self._jobs.c.state.in_([State.RUNNING, State.CANCEL_PENDING]),
        )
        return connection.execute(query.with_for_update()).first()

    def _on_held(self, job_id: str, attempt: int, values_for: Callable[[Row[Any]], Values | None]) -> Job | None:
        """Change a job that the attempt holds. One that was asked to stop ends as cancelled, whatever else was meant."""
        with self._write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                return None
            values = values_for(row)
            if values is None:
                return None
            if row.state == State.CANCEL_PENDING and "state" in values:
                values = {"state": State.CANCELLED, "error": _cancelled(row)}
            job = self._change(connection, row, **values)
        self._on_change(job_id)
        return job

    def _crash(
        self, job_id: str, attempt: int, lease_until: float | None, max_attempts: int, error: Values
    ) -> Job | None:
        def outcome(row: Row[Any]) -> Values | None:
            if lease_until is not None and row.lease_until != lease_until:
                return None  # a heartbeat came in since: the attempt lives after all
            failures = row.failures + 1
            if failures >= max_attempts:
                told = {**error, "instance": f"/v1/jobs/{row.id}"}
                return {"state": State.FAILED, "failures": failures, "error": dumps(told)}
            return {**_waiting_again(), "failures": failures}

        return self._on_held(job_id, attempt, outcome)

    def _change(self, connection: Connection, row: Row[Any], *, is_progress: bool = False, **values: Any) -> Job:
        """Write one change of a job and the event that tells of it."""
        check_transition(State(row.state), State(values.get("state", row.state)))
        now, number = self._now(connection), row.changes + 1
        connection.execute(
            update(self._jobs).where(self._jobs.c.seq == row.seq).values(update_time=now, changes=number, **values)
        )
        fresh = connection.execute(select(self._jobs).where(self._jobs.c.seq == row.seq)).one()
        told = {"state": fresh.state, "attempt": fresh.attempt, "progress": fresh.progress, "is_progress": is_progress}
        connection.execute(insert(self._events).values(job_seq=row.seq, number=number, time=now, **told))
        if number % _PRUNE_EVERY == 0:
            too_old = self._events.c.number <= number - EVENTS_KEPT
            connection.execute(delete(self._events).where(self._events.c.job_seq == row.seq, too_old))
        return job_of(fresh)


def _waiting_again() -> Values:
    progress = dumps(Progress().to_json())
    return {"state": State.PENDING, "owner": None, "lease_until": None, "publishing": False, "progress": progress}


def _cancelled(row: Row[Any]) -> str:
    return dumps(problem_of(Cancelled()).at(f"/v1/jobs/{row.id}").to_json())
