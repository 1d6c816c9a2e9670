"""Methods of the client about jobs, which both services have."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.messages.jobs import JobList
from tandem.connections import Connections, given, path_of
from tandem.errors import JobCancelled, JobFailed, problem_of
from tandem.messages import Job, ServiceName, read

_PAGE = 100


class JobMethods(Connections):
    """Jobs of both services."""

    def follow(self, job: Job) -> Iterator[Job]:
        """Yield the job after each change until it is done, resuming broken connections."""
        for latest in self.events(job.service, path_of("jobs", job.id)):
            yield Job.of(job.service, latest)

    def wait(self, job: Job) -> Job:
        """Return the job once it has succeeded. Raises `JobFailed`, `JobCancelled`."""
        for latest in self.follow(job):
            job = latest
        return succeeded(job)

    def jobs(self, service: ServiceName, limit: int = 20) -> list[Job]:
        """Return the newest jobs of a service, at most `limit`."""
        newest: list[Job] = []
        token: str | None = None
        while len(newest) < limit:
            query = given(pageSize=min(limit - len(newest), _PAGE), pageToken=token)
            page = read(JobList, self.call(service, "GET", path_of("jobs"), params=query).json())
            newest += [Job.of(service, job) for job in page.jobs]
            token = page.next_page_token
            if not token:
                break
        return newest

    def job(self, service: ServiceName, job_id: str) -> Job:
        """Return the job as it is now. Raises `NotFound`."""
        return Job.of(service, self.call(service, "GET", path_of("jobs", job_id)).json())

    def cancel(self, job: Job) -> Job:
        """Ask the job to stop; follow it to see that it did."""
        return Job.of(job.service, self.call(job.service, "POST", f"{path_of('jobs', job.id)}:cancel").json())

    def log(self, job: Job) -> str:
        """Return the output of the job so far."""
        return self.call(job.service, "GET", path_of("jobs", job.id, "log")).text


def succeeded(job: Job) -> Job:
    """Return the finished job if it succeeded. Raises `JobFailed`, `JobCancelled`."""
    if job.state == "CANCELLED":
        raise JobCancelled(job.id)
    if job.error is not None:
        raise JobFailed(job.id, problem_of(job.error, 500))
    return job
