"""Both services behind one object, blocking or asynchronous. It speaks HTTP alone: data stays where the services keep it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from tandem.dataset_methods import DatasetMethods
from tandem.job_methods import JobMethods, succeeded
from tandem.messages import Job
from tandem.model_methods import ModelMethods
from tandem.prediction_methods import PredictionMethods
from tandem.progress import JobDisplay
from tandem.source_methods import SourceMethods
from tandem.transport.async_connections import AsyncConnections
from tandem.transport.connections import Connections


class Tandem(DatasetMethods, ModelMethods, PredictionMethods, SourceMethods, JobMethods, Connections):
    """A client of both services. Every method raises `Unreachable` and `Problem`, each a `ClientError`.

    Parameters
    ----------
    preprocessing, modeling
        Base URLs. Default: `TANDEM_PREPROCESSING_URL` and `TANDEM_MODELING_URL`, else ports 8001 and 8002 of this machine.
    connect_timeout, read_timeout
        Seconds until a connection is made, and without any byte of a reply. A few slow calls wait longer for their reply.
    total_timeout
        Seconds that a call may take with all of its attempts; None: no limit. Following a job has none.
    attempts
        How often a request is sent at most. It is sent again after a refused connection, 429 and 503 (nothing was done), and,
        if that cannot do anything twice, after a lost reply, 502 and 504. Pauses grow, vary, and respect `Retry-After`. A job
        is never submitted twice: each submission has an idempotency key.
    """

    def follow(self, job: Job) -> Iterator[Job]:
        """Yield the job after each change until it is done, resuming broken connections."""
        yield from self.events(job)

    def wait(self, job: Job, *, progress: bool | None = None) -> Job:
        """Return the job once it has succeeded. Raises `JobFailed`, `JobCancelled`.

        `progress`: show a bar; by default in notebooks.
        """
        with JobDisplay.wanted(progress, job) as display:
            for latest in self.follow(job):
                job = latest
                display.show(job)
        return succeeded(job)


class AsyncTandem(DatasetMethods, ModelMethods, PredictionMethods, SourceMethods, JobMethods, AsyncConnections):
    """A client of both services with `Tandem`'s methods, of which each returns an awaitable, or an asynchronous iterator.

    Takes the parameters of `Tandem`; needs an event loop of asyncio.
    """

    async def follow(self, job: Job) -> AsyncIterator[Job]:
        """Yield the job after each change until it is done, resuming broken connections."""
        async for latest in self.events(job):
            yield latest

    async def wait(self, job: Job, *, progress: bool | None = None) -> Job:
        """Return the job once it has succeeded. Raises `JobFailed`, `JobCancelled`.

        `progress`: show a bar; by default in notebooks.
        """
        with JobDisplay.wanted(progress, job) as display:
            async for latest in self.follow(job):
                job = latest
                display.show(job)
        return succeeded(job)
