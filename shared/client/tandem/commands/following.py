"""Following a job that a command has submitted, and printing it in the form that was asked for."""

from __future__ import annotations

from typing import Any

from tandem.client import Tandem
from tandem.messages import Job
from tandem.options import console, print_json
from tandem.progress import watch


def response_of(tandem: Tandem, job: Job, title: str, *, wait: bool, as_json: bool) -> dict[str, Any] | None:
    """Follow the job and return its response, to be shown; None where everything is printed already.

    Without `wait`, prints the job's id. With `as_json`, prints the job as JSON; its progress goes to standard error.
    """
    if wait:
        job = watch(tandem, job, console(stderr=as_json), title)
    if as_json:
        print_json(job_json(job))
        return None
    if not wait:
        console().print(job.id)
        return None
    return job.response or {}


def job_json(job: Job) -> dict[str, Any]:
    """Return a job as the service described it, and the service's name."""
    return job.model_dump(mode="json", by_alias=True)
