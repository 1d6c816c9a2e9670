"""Puts a service together, and runs it.

app = create_app(
    service="squares", title="Squares", description="…", version="1", settings=settings,
    routers=[api.router], engine="squares.engine:make",
)
serve(app, settings)
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial

import uvicorn
from fastapi import APIRouter, FastAPI
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import logging
from chassis.cleanup import Sweep, Sweeper
from chassis.engine.runner import Runner
from chassis.http import error_handlers, swagger_ui
from chassis.http.health import Check, health_router
from chassis.http.job_routes import job_router
from chassis.http.metrics import Metrics
from chassis.http.openapi import describe_problems
from chassis.http.request_context import RequestStoryMiddleware
from chassis.jobs.client_store import JobStore
from chassis.jobs.database import JobDatabase
from chassis.jobs.job import Job, State
from chassis.jobs.notifications import Bell
from chassis.jobs.queue import Jobs
from chassis.jobs.worker_store import JobLeases
from chassis.settings import ServiceSettings

__all__ = ["Layer", "Lifespan", "create_app", "serve"]

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


Layer = Callable[[ASGIApp], ASGIApp]


class _Service(FastAPI):
    """FastAPI, and in front of it what answers without it: its own layers take as long as a small prediction."""

    front: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.front is None or scope["type"] != "http":
            await super().__call__(scope, receive, send)
        else:
            scope["app"] = self
            await self.front(scope, receive, send)

    async def behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI itself."""
        await super().__call__(scope, receive, send)


def create_app(  # noqa: PLR0913 - a service is made of these parts, each named where it is given
    *,
    service: str,
    title: str,
    description: str,
    version: str,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    engine: str | None,
    lifespan: Lifespan | None = None,
    readiness: Mapping[str, Check] | None = None,
    tidy_up: Callable[[Job], None] = lambda _: None,
    sweep: Sweep = lambda _: [],
    in_front: Callable[[ASGIApp, Layer], ASGIApp] | None = None,
    collectors: Sequence[Collector] = (),
    schemas: Mapping[str, object] | None = None,
    complete_document: Callable[[swagger_ui.Document], swagger_ui.Document] = lambda document: document,
) -> FastAPI:
    """Make a service: its own routes, and jobs, health, metrics, problems and documentation around them.

    Parameters
    ----------
    service
        A short name such as "preprocessing"; it names the job table.
    engine
        Import path "package.module:function" of an `EngineFactory`, called in the child. None: no job is ever run.
    lifespan
        The service's own start and end, entered after the job table is there and before the first job runs.
    readiness
        Further checks for `/health/ready`; see `health.Check`.
    tidy_up
        Called in the service once a job has ended without success, however it ended, to remove what it left behind;
        its engine may have been killed before it could. Must bear being called twice.
    sweep
        Called now and then, on a thread of its own, to remove what was left of jobs that nobody ends any more.
    in_front
        Makes a layer in front of FastAPI, which it is given, and the layer that every request goes through: what it answers
        must go through that as well.
    collectors
        The service's own metrics, shown beside those that every service has.
    schemas
        By name, components of the OpenAPI document that the routes' own descriptions refer to.
    complete_document
        From the OpenAPI document of the routes to the one that is shown: what can only be said once the service runs.

    Nothing is opened or started until the application is. `app.state` then holds `jobs` (Jobs) and `settings`.
    """
    bell = Bell()
    database = JobDatabase(service, settings.jobs_database(service), on_change=bell.ring)
    store = JobStore(database)
    metrics = Metrics(store.counts)
    for collector in collectors:
        metrics.registry.register(collector)

    def ended(job: Job) -> None:
        metrics.job_ended(job)
        if job.state != State.SUCCEEDED:
            tidy_up(job)

    if not settings.jobs_at_once:
        engine = None
    runner = engine and Runner(
        service=service,
        engine=engine,
        settings=settings,
        store=store,
        leases=JobLeases(database),
        on_done=ended,
    )

    @contextlib.asynccontextmanager
    async def live(app: FastAPI) -> AsyncGenerator[None]:
        await run_in_threadpool(database.create)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(run_in_threadpool, database.close)
            if lifespan is not None:
                await stack.enter_async_context(lifespan(app))
            if runner:
                await run_in_threadpool(runner.start)
                stack.push_async_callback(run_in_threadpool, runner.stop)
                sweeper = Sweeper(sweep, store, settings.leftovers_hours)
                sweeper.start()
                stack.callback(sweeper.stop)
            stack.callback(bell.close)
            yield

    app = _Service(openapi_url=None, title=title, description=description, version=version, lifespan=live)
    app.state.jobs = Jobs(store, settings, runner.wake if runner else lambda: None, tidy_up)
    app.state.settings = settings
    app.state.bell = bell
    error_handlers.install(app)
    every_request = partial(
        RequestStoryMiddleware,
        max_body_bytes=settings.max_body_bytes,
        on_end=metrics.request_ended,
        on_fault=error_handlers.internal_error,
    )
    app.add_middleware(every_request)
    if in_front is not None:
        app.front = in_front(app.behind, every_request)
    health = health_router(
        check_store=database.check,
        engine_state=lambda: runner.engine_state if runner else None,
        draining=lambda: bell.closed,
        checks=readiness or {},
    )
    for router in (*routers, job_router(store, bell, settings), health, metrics.router()):
        app.include_router(router)
    describe_problems(app, schemas or {})
    swagger_ui.install(app, complete_document)
    return app


class _Server(uvicorn.Server):
    """Told to stop, it says so by its readiness, and listens on until the requests are answered that it had then.

    Whoever shares out requests learns that it should send no more while they are still answered. Event streams are ended
    first: they would never end by themselves.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._fastapi = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._fastapi.state.bell.close()
        if self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks), timeout=self.config.timeout_graceful_shutdown)
        await super().shutdown(sockets)


def serve(app_or_factory: FastAPI | Callable[[], FastAPI], settings: ServiceSettings) -> None:
    """Run a service until SIGTERM or SIGINT; then let requests end, give running jobs back and return."""
    logging.configure(settings)
    app = app_or_factory if isinstance(app_or_factory, FastAPI) else app_or_factory()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )
    _Server(config, app).run()
