"""Jobs that the present caller may see and stop: those of the datasets, models and predictions that its grants name."""

from __future__ import annotations

from chassis.access.caller import ALL_NAMES, may, require
from chassis.jobs.job import Job
from chassis.jobs.queue import JobPage, Jobs
from contracts.access.roles import Role

__all__ = ["newest_jobs", "require_to_see", "require_to_stop", "visible_page"]

_PREDICTIONS = "batch-predictions/"
_MAX_PAGES = 20
"""Pages that are looked through for one reply, where most jobs are others'."""


def require_to_see(job: Job) -> Job:
    """Return the job. Raises `NotAllowed` where the caller may not see it."""
    if not _is_visible(job):
        require(Role.READ, _name(job))
    return job


def require_to_stop(job: Job) -> None:
    """Return if the caller may stop the job, which needs the role that starting it needs. Raises `NotAllowed`."""
    require(Role.PREDICT if _makes_predictions(job) else Role.TRAIN, _name(job))


def visible_page(jobs: Jobs, size: int, token: str | None = None) -> JobPage:
    """Return a page of the jobs that the caller may see, with up to `size` of them; others' are left out."""
    for _ in range(_MAX_PAGES):
        page = jobs.list(size, token)
        visible = [job for job in page.jobs if _is_visible(job)]
        token = page.next_page_token
        if visible or token is None:
            return JobPage(visible, token)
    return JobPage([], token)


def newest_jobs(jobs: Jobs, count: int) -> list[Job]:
    """Return the newest jobs that the caller may see, at most `count`."""
    newest: list[Job] = []
    token = None
    for _ in range(_MAX_PAGES):
        page = visible_page(jobs, count, token)
        newest += page.jobs
        token = page.next_page_token
        if token is None or len(newest) >= count:
            break
    return newest[:count]


def _is_visible(job: Job) -> bool:
    name = _name(job)
    return may(Role.READ, name) or (_makes_predictions(job) and may(Role.PREDICT, name))


def _makes_predictions(job: Job) -> bool:
    return (job.resource or "").startswith(_PREDICTIONS)


def _name(job: Job) -> str:
    """Return the name that the job publishes under; `ALL_NAMES` of one that publishes nothing."""
    return (job.resource or "").rpartition("/")[2] or ALL_NAMES
