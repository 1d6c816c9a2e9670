"""Pages about jobs: the newest ones, and one with its progress and the end of its log. While it runs, they follow it.

A script asks for the same page every two seconds and shows the part that changed; without it, the page is as of its loading.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from chassis.access.needs import ANY_CALLER
from chassis.http.job_routes import jobs_of
from chassis.jobs.job import Job
from chassis.jobs.job_access import newest_jobs, require_to_see
from chassis.jobs.log import end_of_log
from chassis.jobs.queue import Jobs
from chassis.pages.layout import Link, documentation_of, environment, page_response, root_of
from chassis.pages.number_format import brief
from chassis.settings import ServiceSettings
from contracts.messages.jobs import State

__all__ = ["NEWEST", "JobPages", "JobRow", "job_pages_router"]

NEWEST = 10
"""Jobs on the start page, whose script asks for `/jobs/newest`."""
_LISTED = 100
_LOG_BYTES = 64 << 10
_MAX_REQUEST = 20_000
_MAX_DETAILS = 12

_TONES = {State.SUCCEEDED: "good", State.FAILED: "bad"}

_templates = environment("chassis.pages")


def _own_nav(request: Request) -> list[Link]:
    root = root_of(request)
    return [("Home", f"{root}/"), ("Jobs", f"{root}/jobs"), *documentation_of(request)]


@dataclass(frozen=True)
class JobRow:
    """A job as a page shows it."""

    job: Job
    subject: str
    """The name of the resource that it makes."""
    page: str
    result: str | None
    """Address of the page about what it published; None where there is none yet."""
    seconds: float | None
    details: list[tuple[str, str]]

    @property
    def tone(self) -> str:
        """Return the class of the badge with its state."""
        return _TONES.get(self.job.state, "")

    @property
    def percent(self) -> float | None:
        """Return how much of it is done, 0 to 100; None while unknown."""
        if self.job.state is State.SUCCEEDED:
            return 100.0
        return None if self.job.progress.fraction is None else 100 * self.job.progress.fraction

    @property
    def error(self) -> str:
        """Return why it failed or was cancelled; empty if it did not."""
        return str((self.job.error or {}).get("detail", ""))


@dataclass(frozen=True)
class JobPages:
    """The parts of jobs' pages that differ between services.

    `nav`: the links at the top. `result`: the path of the page about what a successful job published, or None.
    """

    nav: Callable[[Request], Sequence[Link]] = _own_nav
    result: Callable[[Job], str | None] = lambda _: None

    def rows(self, request: Request, count: int) -> list[JobRow]:
        """Return the newest jobs."""
        return [self.row(request, job) for job in newest_jobs(jobs_of(request), count)]

    def row(self, request: Request, job: Job) -> JobRow:
        """Return one job."""
        root = root_of(request)
        result = self.result(job) if job.state is State.SUCCEEDED else None
        end = job.update_time if job.done else time.time()
        return JobRow(
            job=job,
            subject=(job.resource or "").rpartition("/")[2],
            page=f"{root}/jobs/{job.id}",
            result=None if result is None else root + result,
            seconds=None if job.start_time is None else max(end - job.start_time, 0.0),
            details=[*_details(job)],
        )


def _details(job: Job) -> Iterator[tuple[str, str]]:
    for name, value in [*job.progress.details.items()][:_MAX_DETAILS]:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield name.replace("_", " "), brief(value)
        elif isinstance(value, str):
            yield name.replace("_", " "), value[:200]


def job_pages_router(pages: JobPages, settings: ServiceSettings) -> APIRouter:
    """Make the routes of the pages."""
    router = APIRouter(prefix="/jobs", include_in_schema=False)

    def listed(request: Request, count: int) -> Response:
        return page_response(
            _templates,
            "jobs.html",
            scripts=["live.js"],
            nav=pages.nav(request),
            is_live=True,
            root=root_of(request),
            jobs=pages.rows(request, count),
        )

    @router.get("")
    @ANY_CALLER
    def read_jobs(request: Request) -> Response:
        return listed(request, _LISTED)

    @router.get("/newest")
    @ANY_CALLER
    def read_newest_jobs(request: Request) -> Response:
        return listed(request, NEWEST)

    @router.get("/{job_id}")
    @ANY_CALLER
    def read_job(job_id: str, request: Request, jobs: Annotated[Jobs, Depends(jobs_of)]) -> Response:
        job = require_to_see(jobs.get(job_id))
        return page_response(
            _templates,
            "job.html",
            scripts=["live.js"],
            nav=pages.nav(request),
            is_live=True,
            root=root_of(request),
            row=pages.row(request, job),
            log=end_of_log(settings.job_log(job.id), _LOG_BYTES).decode(errors="backslashreplace"),
            log_kilobytes=_LOG_BYTES >> 10,
            request=_shown(job.request),
        )

    return router


def _shown(request: Any) -> str:
    """Return the request as JSON, shortened if it is long."""
    text = json.dumps(request, indent=2, ensure_ascii=False)
    return text if len(text) <= _MAX_REQUEST else f"{text[:_MAX_REQUEST]}\n…"
