"""The job table's worker side: claim, renew, report, publish, end. Each method is one transaction.

A worker names the attempt it acts for. When another attempt has taken over, nothing is changed and the method returns
None: the attempt number, not a clock, decides who may write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.engine import Connection

from chassis.jobs.database import JobDatabase, Values, cancelled_error
from chassis.jobs.job import Job, Progress
from chassis.jobs.tables import job_of
from chassis.strict_json import dumps
from contracts.errors import Cancelled, Superseded
from contracts.messages.jobs import State

__all__ = ["JobWorkerStore"]


class JobWorkerStore:
    """The workers' side of the tables; `client_store` holds the clients'."""

    def __init__(self, database: JobDatabase) -> None:
        self._database = database
        self._jobs = database.tables.jobs

    def has_waiting(self) -> bool:
        """Return True if a job is waiting."""
        with self._database.read() as connection:
            return connection.execute(select(self._jobs.c.seq).where(self._waiting()).limit(1)).first() is not None

    def claim(self, owner: str, lease_seconds: float) -> Job | None:
        """Begin an attempt of the job that has waited longest, or None when nothing waits."""
        oldest = select(self._jobs).where(self._waiting()).order_by(self._jobs.c.seq).limit(1)
        with self._database.write() as connection:
            row = connection.execute(oldest.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            now = self._database.now(connection)
            begun = {
                "state": State.RUNNING,
                "attempt": row.attempt + 1,
                "owner": owner,
                "lease_until": now + lease_seconds,
                "publishing": False,
                "start_time": now,
                "progress": dumps(Progress(phase="starting").to_json()),
            }
            job = self._database.change(connection, row, begun)
        self._database.on_change(job.id)
        return job

    def recover(self, is_gone: Callable[[str], bool], max_attempts: int, error: Values) -> list[Job]:
        """End each attempt whose lease ran out or whose owner is gone, as `crashed` does. Returns the jobs changed."""
        held = select(self._jobs).where(self._jobs.c.state.in_([State.RUNNING, State.CANCEL_PENDING]))
        with self._database.read() as connection:
            rows, now = connection.execute(held).all(), self._database.now(connection)
        lost = [row for row in rows if row.lease_until < now or is_gone(row.owner)]
        ended = [self._crash(row.id, row.attempt, row.lease_until, max_attempts, error) for row in lost]
        return [job for job in ended if job is not None]

    def heartbeat(self, job_id: str, attempt: int, lease_seconds: float) -> State | None:
        """Renew the lease. Returns the job's state, or None when the attempt is no longer the job's."""
        with self._database.write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                return None
            renewed = self._database.now(connection) + lease_seconds
            connection.execute(update(self._jobs).where(self._jobs.c.seq == row.seq).values(lease_until=renewed))
            return State(row.state)

    def state_of(self, job_id: str, attempt: int) -> State | None:
        """Return the state of a job that this attempt holds, else None. Reads only."""
        with self._database.read() as connection:
            row = self._held(connection, job_id, attempt)
            return None if row is None else State(row.state)

    def progress(self, job_id: str, attempt: int, progress: Progress) -> Job | None:
        """Record the attempt's progress."""
        encoded = dumps(progress.to_json())
        return self._on_held(job_id, attempt, lambda _: {"progress": encoded}, is_progress=True)

    def fence(self, job_id: str, attempt: int) -> None:
        """Let the attempt publish, after which cancel is too late. Raises Superseded or Cancelled."""
        with self._database.write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                raise Superseded(f"Another attempt has taken over. Received: attempt {attempt} of job {job_id}.")
            if row.state == State.CANCEL_PENDING:
                raise Cancelled
            connection.execute(update(self._jobs).where(self._jobs.c.seq == row.seq).values(publishing=True))

    def succeed(self, job_id: str, attempt: int, response: Values) -> Job | None:
        """End the job as succeeded, or as cancelled when cancel came before the fence."""

        def outcome(row: Row[Any]) -> Values:
            whole = replace(job_of(row).progress, fraction=1.0)
            return {"state": State.SUCCEEDED, "response": dumps(response), "progress": dumps(whole.to_json())}

        return self._on_held(job_id, attempt, outcome)

    def fail(self, job_id: str, attempt: int, error: Values) -> Job | None:
        """Fail the job with an error that another attempt would meet again."""
        return self._on_held(job_id, attempt, lambda _: {"state": State.FAILED, "error": dumps(error)})

    def crashed(self, job_id: str, attempt: int, max_attempts: int, error: Values) -> Job | None:
        """End a crashed attempt: the job waits again, or has failed with `error` at the last attempt."""
        return self._crash(job_id, attempt, None, max_attempts, error)

    def release(self, job_id: str, attempt: int) -> Job | None:
        """Give the job back without counting a failure, since the service stops."""
        return self._on_held(job_id, attempt, lambda _: _waiting_again())

    def _waiting(self) -> ColumnElement[bool]:
        return self._jobs.c.state == State.PENDING

    def _held(self, connection: Connection, job_id: str, attempt: int) -> Row[Any] | None:
        query = select(self._jobs).where(
            self._jobs.c.id == job_id,
            self._jobs.c.attempt == attempt,
            self._jobs.c.state.in_([State.RUNNING, State.CANCEL_PENDING]),
        )
        return connection.execute(query.with_for_update()).first()

    def _on_held(
        self,
        job_id: str,
        attempt: int,
        values_for: Callable[[Row[Any]], Values | None],
        *,
        is_progress: bool = False,
    ) -> Job | None:
        """Change a job that the attempt holds. A job that was asked to stop ends as cancelled after any change."""
        with self._database.write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                return None
            values = values_for(row)
            if values is None:
                return None
            if row.state == State.CANCEL_PENDING and "state" in values:
                values = {"state": State.CANCELLED, "error": cancelled_error(row)}
            if "state" in values:
                values |= {"seconds_run": row.seconds_run + self._seconds_of_attempt(connection, row)}
            job = self._database.change(connection, row, values, is_progress=is_progress)
        self._database.on_change(job_id)
        return job

    def _seconds_of_attempt(self, connection: Connection, row: Row[Any]) -> float:
        """Return the seconds that the present attempt has run; of a lost one, at most to the end of its lease."""
        return max(min(self._database.now(connection), row.lease_until) - row.start_time, 0.0)

    def _crash(
        self, job_id: str, attempt: int, lease_until: float | None, max_attempts: int, error: Values
    ) -> Job | None:
        def outcome(row: Row[Any]) -> Values | None:
            if lease_until is not None and row.lease_until != lease_until:
                return None  # a heartbeat came in since: the attempt lives after all
            failures = row.failures + 1
            if failures >= max_attempts:
                problem = {**error, "instance": f"/v1/jobs/{row.id}"}
                return {"state": State.FAILED, "failures": failures, "error": dumps(problem)}
            return {**_waiting_again(), "failures": failures}

        return self._on_held(job_id, attempt, outcome)


def _waiting_again() -> Values:
    progress = dumps(Progress().to_json())
    return {"state": State.PENDING, "owner": None, "lease_until": None, "publishing": False, "progress": progress}
