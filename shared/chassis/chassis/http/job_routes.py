"""Jobs over HTTP. Only unwraps requests and wraps replies: `jobs.queue` and `jobs.client_store` do the work."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from chassis.access.needs import ANY_CALLER
from chassis.jobs.client_store import JobClientStore
from chassis.jobs.job import Job, JobEvent
from chassis.jobs.job_access import require_to_see, require_to_stop, visible_page
from chassis.jobs.log import has_log, kept_log
from chassis.jobs.notifications import JobNotifications
from chassis.jobs.queue import Jobs
from chassis.settings import ServiceSettings
from chassis.strict_json import dumps, reply_bytes
from contracts.errors import NotFound
from contracts.messages.jobs import JobList, JobMessage

_SECONDS_BETWEEN_LOOKS = 1.0

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A repeated key with an equal body returns the earlier job; with another body it is refused.",
    ),
]


def jobs_of(request: Request) -> Jobs:
    """Return the service's jobs. For `Depends`."""
    return request.app.state.jobs


def accepted(job: Job) -> Response:
    """Make the reply to a request that submitted a job: 202, the job, and its path in `Location`."""
    return _reply(job.to_json(), HTTPStatus.ACCEPTED, {"Location": job.path})


def _job_of(job_id: str, jobs: Annotated[Jobs, Depends(jobs_of)]) -> Job:
    return require_to_see(jobs.get(job_id))


def job_router(store: JobClientStore, notifications: JobNotifications, settings: ServiceSettings) -> APIRouter:
    """Make the routes under `/v1/jobs`."""
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

    @router.get("", response_model=JobList, summary="Jobs, newest first")
    @ANY_CALLER
    def list_jobs(
        jobs: Annotated[Jobs, Depends(jobs_of)],
        page_size: Annotated[int, Query(alias="pageSize", ge=1, le=1000)] = 50,
        page_token: Annotated[str | None, Query(alias="pageToken", max_length=100)] = None,
    ) -> Response:
        page = visible_page(jobs, page_size, page_token)
        return _reply({"jobs": [job.to_json() for job in page.jobs], "nextPageToken": page.next_page_token})

    @router.get("/{job_id}", response_model=JobMessage, summary="One job")
    @ANY_CALLER
    def get_job(job: Annotated[Job, Depends(_job_of)]) -> Response:
        return _reply(job.to_json())

    @router.post(
        "/{job_id}:cancel",
        response_model=JobMessage,
        summary="Ask a job to stop",
        description="A job that is done, or has begun to publish, stays as it is.",
    )
    @ANY_CALLER
    def cancel_job(job_id: str, jobs: Annotated[Jobs, Depends(jobs_of)]) -> Response:
        require_to_stop(jobs.get(job_id))
        return _reply(jobs.cancel(job_id).to_json())

    @router.get(
        "/{job_id}/events",
        response_class=EventSourceResponse,
        summary="A job's changes as they happen",
        description=(
            "Server-sent events, each with the whole job as its data: `progress`, `state`, and at the end `done`, after "
            "which the stream closes. It begins with the changes that are still kept, or after `Last-Event-ID`."
        ),
    )
    @ANY_CALLER
    async def watch_job(
        job: Annotated[Job, Depends(_job_of)],
        last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        last = int(last_event_id) if last_event_id and re.fullmatch(r"\d{1,9}", last_event_id) else 0
        with notifications.subscribe(job.id) as subscription:
            while not notifications.closed:
                for event in await run_in_threadpool(_events, store, job.id, last):
                    yield _server_sent(event)
                    last = event.number
                    if event.job.done:
                        return
                await subscription.wait(_SECONDS_BETWEEN_LOOKS)

    @router.get(
        "/{job_id}/log",
        response_class=Response,
        summary="The job's log",
        description="All attempts in order. A long log is cut to its first and last part; a line counts the bytes between. A "
        "service has the logs of the attempts that it ran: of services that share jobs, another answers 404.",
    )
    @ANY_CALLER
    def read_log(job: Annotated[Job, Depends(_job_of)]) -> Response:
        if job.attempt and not has_log(settings.job_log(job.id)):
            raise NotFound(
                f"the log of job {job.id} is not here: it is in the state folder of the service that ran it, which may be "
                "another one that shares these jobs"
            )
        return StreamingResponse(kept_log(settings.job_log(job.id)), media_type="text/plain; charset=utf-8")

    return router


def _reply(content: Any, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    return Response(reply_bytes(content), status_code=status, headers=headers, media_type="application/json")


def _events(store: JobClientStore, job_id: str, after: int) -> list[JobEvent]:
    """Return the events after a number; of a finished job at least the last, so that every stream ends with it."""
    events = store.events(job_id, after)
    if events or not store.get(job_id).done:
        return events
    return store.events(job_id)[-1:]


def _server_sent(event: JobEvent) -> ServerSentEvent:
    kind = "done" if event.job.done else "progress" if event.is_progress else "state"
    return ServerSentEvent(event=kind, id=str(event.number), raw_data=dumps(event.job.to_json()))
