"""The job table's worker side: claim, renew, report, publish, end. Each method is one transaction.

A worker names the attempt it acts for. When another attempt has taken over, nothing is changed and the method returns
None: the attempt number, not a clock, decides who may write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.engine import Connection

from chassis.jobs.database import JobDatabase, Values, cancelled, succeeded
from chassis.jobs.job import Job, Progress
from chassis.jobs.leases import is_over, lease_values, seconds_of_attempt, start_values
from chassis.jobs.tables import job_of
from chassis.strict_json import dumps
from contracts.errors import Cancelled, Superseded, Unavailable
from contracts.messages.jobs import State

__all__ = ["JobWorkerStore", "Settler"]

_log = structlog.get_logger(module=__name__)


@dataclass(frozen=True, slots=True)
class Settler:
    """The process that decides how lost jobs ended, and how long it may take."""

    owner: str
    lease_seconds: float


_NOBODY = Settler("", 30.0)


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
                **lease_values(now, lease_seconds),
                "publishing": False,
                **start_values(now),
                "progress": dumps(Progress(phase="starting").to_json()),
            }
            job = self._database.change(connection, row, begun)
        self._database.on_change(job.id)
        return job

    def recover(
        self, is_gone: Callable[[str], bool], max_attempts: int, error: Values, settler: Settler = _NOBODY
    ) -> list[Job]:
        """End each attempt whose lease ran out or whose owner is gone, as `crashed` does. Returns the jobs changed.

        A job that may have published is taken over by `settler` before its end is decided, as by one more attempt: the lost one
        may live after all, and must not go on while what it has published is looked for.
        """
        held = select(self._jobs).where(self._jobs.c.state.in_([State.RUNNING, State.CANCEL_PENDING]))
        with self._database.read() as connection:
            rows, now = connection.execute(held).all(), self._database.now(connection)
        lost = [row for row in rows if is_over(row, now) or is_gone(row.owner)]
        ended: list[Job] = []
        for row in lost:
            try:
                job = self._recover(row, max_attempts, error, settler)
            except Unavailable as away:  # the next look tries again; other jobs need not wait for that
                _log.warning("a lost job's end cannot be recorded yet", job=row.id, reason=away.message)
            else:
                ended += [job] if job is not None else []
        return ended

    def _recover(self, lost: Row[Any], max_attempts: int, error: Values, settler: Settler) -> Job | None:
        with self._database.write() as connection:
            row = self._held(connection, lost.id, lost.attempt)
            if row is None or row.lease_until != lost.lease_until:
                return None  # a heartbeat came in since: the attempt lives after all
            values = cancelled(row) if row.state == State.CANCEL_PENDING else _crash(row, max_attempts, error)
            now = self._database.now(connection)
            is_taken_over = _is_bad_end(values) and _may_have_published(row)
            if is_taken_over:
                values = {
                    "attempt": row.attempt + 1,
                    "owner": settler.owner,
                    **lease_values(now, settler.lease_seconds),
                }
            else:
                values |= {"seconds_run": row.seconds_run + seconds_of_attempt(row, now)}
            job = self._database.change(connection, row, values)
        if is_taken_over:
            return self.crashed(job.id, job.attempt, max_attempts, error)
        self._database.on_change(job.id)
        return job

    def heartbeat(self, job_id: str, attempt: int, lease_seconds: float) -> State | None:
        """Renew the lease. Returns the job's state, or None when the attempt is no longer the job's."""
        with self._database.write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                return None
            renewed = lease_values(self._database.now(connection), lease_seconds)
            connection.execute(update(self._jobs).where(self._jobs.c.seq == row.seq).values(renewed))
            return State(row.state)

    def state_of(self, job_id: str, attempt: int) -> State | None:
        """Return the state of a job that this attempt holds, else None. Reads only."""
        with self._database.read() as connection:
            row = self._held(connection, job_id, attempt)
            return None if row is None else State(row.state)

    def progress(self, job_id: str, attempt: int, progress: Progress) -> Job | None:
        """Record the attempt's progress."""
        values = {"progress": dumps(progress.to_json())}
        with self._database.write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                return None
            job = self._database.change(connection, row, values, is_progress=True)
        self._database.on_change(job_id)
        return job

    def fence(self, job_id: str, attempt: int, lease_seconds: float) -> None:
        """Let the attempt publish, after which cancel is too late, and renew its lease. Raises Superseded or Cancelled."""
        with self._database.write() as connection:
            row = self._held(connection, job_id, attempt)
            if row is None:
                raise Superseded(f"Another attempt has taken over. Received: attempt {attempt} of job {job_id}.")
            if row.state == State.CANCEL_PENDING:
                raise Cancelled
            values = lease_values(self._database.now(connection), lease_seconds)
            values |= {"publishing": True, "may_have_published": True}
            connection.execute(update(self._jobs).where(self._jobs.c.seq == row.seq).values(values))

    def succeed(self, job_id: str, attempt: int, response: Values) -> Job | None:
        """End the job as succeeded, or as cancelled when cancel came before the fence of any attempt."""
        return self._end(job_id, attempt, lambda row: succeeded(row, response))

    def fail(self, job_id: str, attempt: int, error: Values) -> Job | None:
        """Fail the job with an error that another attempt would meet again, unless an attempt has published."""
        return self._end(job_id, attempt, lambda _: {"state": State.FAILED, "error": dumps(error)})

    def crashed(self, job_id: str, attempt: int, max_attempts: int, error: Values) -> Job | None:
        """End an attempt that has crashed: the job waits again, or at the last attempt has failed with `error`.

        It has succeeded where an attempt has published.
        """
        return self._end(job_id, attempt, lambda row: _crash(row, max_attempts, error))

    def release(self, job_id: str, attempt: int) -> Job | None:
        """Give the job back without counting a failure, since the service stops."""
        return self._end(job_id, attempt, lambda _: _waiting_again())

    def _waiting(self) -> ColumnElement[bool]:
        return self._jobs.c.state == State.PENDING

    def _held(self, connection: Connection, job_id: str, attempt: int) -> Row[Any] | None:
        query = select(self._jobs).where(
            self._jobs.c.id == job_id,
            self._jobs.c.attempt == attempt,
            self._jobs.c.state.in_([State.RUNNING, State.CANCEL_PENDING]),
        )
        return connection.execute(query.with_for_update()).first()

    def _end(self, job_id: str, attempt: int, values_for: Callable[[Row[Any]], Values]) -> Job | None:
        """End an attempt that holds a job: as cancelled if it was asked to stop, as succeeded if an attempt has published."""
        has_settled, response = False, None
        while True:
            with self._database.write() as connection:
                row = self._held(connection, job_id, attempt)
                if row is None:
                    return None
                values = cancelled(row) if row.state == State.CANCEL_PENDING else values_for(row)
                if has_settled or not (_is_bad_end(values) and _may_have_published(row)):
                    values = values if response is None else succeeded(row, response)
                    seconds = seconds_of_attempt(row, self._database.now(connection))
                    job = self._database.change(connection, row, values | {"seconds_run": row.seconds_run + seconds})
                    break
            has_settled, response = True, self._database.settle(job_of(row))
        self._database.on_change(job_id)
        return job


def _may_have_published(row: Row[Any]) -> bool:
    return job_of(row).may_have_published


def _is_bad_end(values: Values) -> bool:
    return values["state"] in {State.CANCELLED, State.FAILED}


def _crash(row: Row[Any], max_attempts: int, error: Values) -> Values:
    failures = row.failures + 1
    if failures >= max_attempts:
        problem = {**error, "instance": f"/v1/jobs/{row.id}"}
        return {"state": State.FAILED, "failures": failures, "error": dumps(problem)}
    return {**_waiting_again(), "failures": failures}


def _waiting_again() -> Values:
    progress = dumps(Progress().to_json())
    return {"state": State.PENDING, "owner": None, "lease_until": None, "publishing": False, "progress": progress}
