"""Methods of the client about jobs, which both services have; and the request that starts one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from contracts.base_model import FrozenModel
from contracts.messages.jobs import JobList
from tandem.errors import JobCancelled, JobFailed, Problem, Unreachable, problem_of
from tandem.messages import Job, Jobs, ServiceName, as_body, read
from tandem.transport.service_call import ServiceCall, ServiceRequest, Steps, given, path_of

_PAGE = 100
_HEALTH_SECONDS = 5.0


class JobMethods:
    """Jobs of both services, and whether the services are there."""

    @ServiceCall
    def jobs(self, service: ServiceName, limit: int = 20) -> Steps[list[Job]]:
        """Return the newest jobs of a service, at most `limit`."""
        newest = Jobs()
        token: str | None = None
        while len(newest) < limit:
            query = given(pageSize=min(limit - len(newest), _PAGE), pageToken=token)
            reply = yield ServiceRequest(service, "GET", path_of("jobs"), params=query)
            page = read(JobList, reply.json())
            newest += [Job.of(service, job) for job in page.jobs]
            token = page.next_page_token
            if not token:
                break
        return newest

    @ServiceCall
    def job(self, service: ServiceName, job_id: str) -> Steps[Job]:
        """Return the job as it is now. Raises `NotFound`."""
        reply = yield ServiceRequest(service, "GET", path_of("jobs", job_id))
        return Job.of(service, reply.json())

    @ServiceCall
    def cancel(self, job: Job) -> Steps[Job]:
        """Ask the job to stop; follow it to see that it did."""
        reply = yield ServiceRequest(job.service, "POST", f"{path_of('jobs', job.id)}:cancel")
        return Job.of(job.service, reply.json())

    @ServiceCall
    def log(self, job: Job) -> Steps[str]:
        """Return the output of the job so far."""
        reply = yield ServiceRequest(job.service, "GET", path_of("jobs", job.id, "log"))
        return reply.text

    @ServiceCall
    def is_ready(self, service: ServiceName) -> Steps[bool]:
        """Return True if the service answers and can take work now. Raises nothing."""
        return (yield from _answers(service, "/health/ready", refusal=False))

    @ServiceCall
    def is_there(self, service: ServiceName) -> Steps[bool]:
        """Return True if anything answers at the service's address. Raises nothing."""
        return (yield from _answers(service, "/health/live", refusal=True))


def _answers(service: ServiceName, path: str, *, refusal: bool) -> Steps[bool]:
    try:
        yield ServiceRequest(service, "GET", path, read_seconds=_HEALTH_SECONDS, attempts=1)
    except Problem:
        return refusal
    except Unreachable:
        return False
    return True


def submission(
    service: ServiceName, path: str, request: FrozenModel | Mapping[str, Any], idempotency_key: str | None
) -> Steps[Job]:
    """Send the request of a job, a mapping as it is. A repeated key with an equal request returns the earlier job.

    Each submission has a key of its own unless one is given, so that it can be repeated where a reply was lost.
    """
    headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
    reply = yield ServiceRequest(service, "POST", path, json=as_body(request), headers=headers)
    return Job.of(service, reply.json())


def succeeded(job: Job) -> Job:
    """Return the finished job if it succeeded. Raises `JobFailed`, `JobCancelled`."""
    if job.state == "CANCELLED":
        raise JobCancelled(job.id)
    if job.error is not None:
        raise JobFailed(job.id, problem_of(job.error, 500))
    return job
