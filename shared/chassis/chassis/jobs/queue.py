"""The jobs of a service, as its routes use them: submit, get, list, cancel."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chassis.jobs.client_store import JobClientStore
from chassis.jobs.job import Job
from chassis.jobs.kinds import JobKind
from chassis.settings import ServiceSettings
from contracts.errors import InvalidRequest, NotAllowed

__all__ = ["JobPage", "Jobs"]


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, newest first, and what asks for the next page (None after the last)."""

    jobs: list[Job]
    next_page_token: str | None


class Jobs:
    """Found at `app.state.jobs`. Every method may block on the database: call it from a plain `def` route."""

    def __init__(
        self,
        store: JobClientStore,
        settings: ServiceSettings,
        wake: Callable[[], None],
        tidy_up: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._wake = wake
        self._tidy_up = tidy_up

    def submit(
        self,
        kind: JobKind,
        request: dict[str, Any],
        *,
        resource: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        admit: Callable[[], None] = lambda: None,
    ) -> Job:
        """Add a job.

        Parameters
        ----------
        kind
            From the service's table of job kinds.
        request
            Plain JSON; passed to the engine unchanged, and shown to clients in the job.
        resource
            The resource that the job will publish, such as "datasets/flights". While a job with the same resource is
            unfinished, another raises NameTaken.
        idempotency_key
            A repeated key with equal kind, resource and request returns the earlier job in any state; with others
            it raises IdempotencyKeyReused.
        timeout
            Seconds that all attempts together may run, after which the job has failed; None: no limit.
        admit
            Raises when the request cannot be accepted now, such as for a name that is taken. May be called more than once; not
            for a request that repeats an earlier key.

        Raises Overloaded when too many jobs are waiting, and NotAllowed where no jobs are run.
        """
        if not self._settings.jobs_at_once:
            raise NotAllowed(
                "this service runs no jobs, since TANDEM_JOBS_AT_ONCE is 0: send the request to one that does, or set it to 1"
            )
        job = self._store.submit(
            kind.name,
            request,
            resource=resource,
            idempotency_key=idempotency_key,
            max_queued=self._settings.max_queued_jobs,
            timeout=timeout,
            admit=admit,
        )
        self._wake()
        return job

    def get(self, job_id: str) -> Job:
        """Return the job. Raises NotFound."""
        return self._store.get(job_id)

    def list(self, page_size: int = 50, page_token: str | None = None) -> JobPage:
        """Return one page, newest first. Raises InvalidRequest for a malformed token."""
        jobs, following = self._store.page(page_size, None if page_token is None else _position(page_token))
        return JobPage(jobs, None if following is None else _token(following))

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop. One that is done, is publishing or has published does not. Raises NotFound."""
        job = self._store.cancel(job_id)
        self._wake()
        if job.done:  # it was waiting; what runs is tidied up after when its attempt has ended
            self._tidy_up(job)
        return job

    def has_published(self, job_id: str, response: dict[str, Any]) -> None:
        """Record that a job has succeeded, for those who find what it has published and are about to remove that.

        So an attempt that comes after a crash does not publish it again. Does nothing for a job that is done or unknown.
        """
        job = self._store.has_published(job_id, response)
        if job is not None:
            self._wake()
            self._tidy_up(job)


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _position(token: str) -> int:
    try:
        position = int(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        position = -1
    if not 0 <= position < 2**62:
        raise InvalidRequest(f"Invalid page token. Received: {token!r}")
    return position
