"""Put a service together, and run it.

app = create_app(
    ServiceDescription("squares", title="Squares", text="…", version="1"),
    settings,
    [api.router],
    jobs=JobSetup("squares.engine:make", KINDS),
)
serve(app, settings)
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import logging
from chassis.access.audit_log import AuditLog
from chassis.access.authenticator import Authenticator
from chassis.access.browser_requests import BrowserRequests
from chassis.access.certificates import Certificates
from chassis.access.cross_origin import allow_origins
from chassis.access.exposure import refusal_to_start
from chassis.access.layer import AccessMiddleware
from chassis.access.needs import check_declared
from chassis.access.request_quota import RequestQuota
from chassis.cleanup import Sweeper
from chassis.engine.runner import Runner
from chassis.http import error_handlers, swagger_ui
from chassis.http.compression import CompressionMiddleware
from chassis.http.head_requests import HeadMiddleware
from chassis.http.health import Check, Degraded, check_threads, health_router
from chassis.http.home_page import home_router
from chassis.http.job_pages import job_pages_router
from chassis.http.job_routes import job_router
from chassis.http.known_queries import KnownQueriesMiddleware
from chassis.http.metrics import Metrics
from chassis.http.openapi import describe_problems
from chassis.http.persistent_connections import PersistentProtocol
from chassis.http.request_bodies import ExpandingMiddleware
from chassis.http.request_context import RequestContextMiddleware
from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import JobDatabase
from chassis.jobs.endings import Endings
from chassis.jobs.job import Job
from chassis.jobs.notifications import JobNotifications
from chassis.jobs.queue import Jobs
from chassis.jobs.worker_store import JobWorkerStore
from chassis.pages import guide
from chassis.read_settings import warn_of_unknown_variables
from chassis.service_parts import JobSetup, Layer, ServiceDescription, ServiceHooks
from chassis.settings import ServiceSettings
from chassis.storage_presence import StoragePresence

__all__ = ["create_app", "serve"]


class _LayeredApp(FastAPI):
    """FastAPI with an optional layer in front that answers some requests itself, since FastAPI's own layers cost too much."""

    front: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.front is None or scope["type"] != "http":
            await super().__call__(scope, receive, send)
        else:
            scope["app"] = self
            await self.front(scope, receive, send)

    async def call_fastapi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by FastAPI, past the layer in front."""
        await super().__call__(scope, receive, send)


def create_app(
    description: ServiceDescription,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    *,
    jobs: JobSetup | None = None,
    hooks: ServiceHooks | None = None,
) -> FastAPI:
    """Make a service: its own routes, and jobs, health, metrics, problems and documentation around them.

    `routers` are tried in their order. With authentication, each of their routes must declare what it needs (`access.needs`), or
    `UndeclaredRoute` is raised. Nothing is opened or started until the application is. `app.state` then holds `jobs`
    (`Jobs`), `settings`, `storage_presence` (`StoragePresence`), `notifications` (`JobNotifications`) and `ask` (`Runner.ask`;
    None in a service without an engine). Raises the errors of `hooks.in_front`.
    """
    jobs, hooks = jobs or JobSetup(), hooks or ServiceHooks()
    notifications = JobNotifications()
    storage = StoragePresence(settings.storage)

    def settle(job: Job) -> dict[str, Any] | None:
        storage.require()
        return jobs.kinds.settle(settings, job)

    database = JobDatabase(
        description.name,
        settings.jobs_database(description.name),
        on_change=notifications.notify,
        settle=settle,
    )
    store = JobClientStore(database)
    metrics = Metrics(store.counts)
    for collector in hooks.collectors:
        metrics.registry.register(collector)
    endings = Endings(jobs.kinds, settings, storage, metrics.job_ended)
    runner = sweeper = None
    if jobs.engine and settings.jobs_at_once:
        runner = Runner(
            service=description.name,
            engine=jobs.engine,
            settings=settings,
            store=store,
            leases=JobWorkerStore(database),
            endings=endings,
        )
        sweep = partial(jobs.kinds.sweep, settings)
        sweeper = Sweeper(sweep, store, settings.leftovers_hours, soon=endings.leftovers)

    @contextlib.asynccontextmanager
    async def live(app: FastAPI) -> AsyncGenerator[None]:
        await run_in_threadpool(database.create)
        await run_in_threadpool(storage.fault)  # the first look: from then on the storage is missed where it is gone
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(run_in_threadpool, database.close)
            if hooks.lifespan is not None:
                await stack.enter_async_context(hooks.lifespan(app))
            if runner and sweeper:
                await run_in_threadpool(runner.start)
                stack.push_async_callback(run_in_threadpool, runner.stop)
                sweeper.start()
                stack.callback(sweeper.stop)
            stack.callback(notifications.close)
            yield

    app = _LayeredApp(
        openapi_url=None,
        title=description.title,
        description=description.text,
        version=description.version,
        lifespan=live,
    )
    app.state.jobs = Jobs(store, settings, runner.wake if runner else lambda: None, endings.tidy_up)
    app.state.ask = runner.ask if runner else None
    app.state.settings = settings
    app.state.storage_presence = storage
    app.state.notifications = notifications
    error_handlers.install(app, hooks.error_formats)

    every_request = _every_request(app, settings, hooks, metrics)
    app.add_middleware(ExpandingMiddleware, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(every_request)
    health = health_router(
        check_store=database.check,
        engine_state=lambda: runner.engine_state if runner else None,
        threads=lambda: check_threads(
            runner.threads if runner else (), [*hooks.threads(), *([sweeper] if sweeper else ())]
        ),
        draining=lambda: notifications.closed,
        checks={**hooks.readiness, "storage": lambda: _check_storage(storage, hooks.readiness.get("storage"))},
    )
    home = home_router(description.name, description.title, description.version, hooks.home)
    pages = job_pages_router(hooks.home.jobs, settings)
    for router in (*routers, job_router(store, notifications, settings), health, metrics.router(), home, pages):
        app.include_router(router)
    _add_documentation(app, description, settings)
    if settings.authenticates:
        check_declared(app.routes)
    if hooks.in_front is not None:
        app.front = hooks.in_front(app, app.call_fastapi, every_request)
    return app


def _add_documentation(app: FastAPI, description: ServiceDescription, settings: ServiceSettings) -> None:
    describe_problems(app, description.schemas, with_tokens=settings.authenticates)
    swagger_ui.install(app, description.complete)
    guide.install(app, settings.guide)


def _check_storage(storage: StoragePresence, of_service: Check | None) -> bool | str:
    """Return True if the storage is there, and as the service knows it; else the reason, `Degraded`."""
    fault = storage.fault()
    if fault is not None:
        return Degraded(f"away: {fault.message}")
    return True if of_service is None else of_service()


def _every_request(app: FastAPI, settings: ServiceSettings, hooks: ServiceHooks, metrics: Metrics) -> Layer:
    """Return the layers that every request passes, from its context inwards."""
    authenticator, rate = Authenticator.of_settings(settings), settings.requests_per_second
    path = settings.audit_log
    audit = None if path is None else AuditLog(Path(path), settings.audit_log_megabytes << 20)

    def layered(inner: ASGIApp) -> ASGIApp:
        admitted = AccessMiddleware(
            KnownQueriesMiddleware(CompressionMiddleware(inner), routes=lambda: app.routes),
            authenticator=authenticator,
            allow_unauthenticated=settings.allow_unauthenticated,
            browsers=BrowserRequests.of_settings(settings),
            quota=None if rate is None else RequestQuota(rate),
            routes=lambda: app.routes,
            answer=error_handlers.answer_of_route,
        )
        return RequestContextMiddleware(
            HeadMiddleware(allow_origins(admitted, settings.allowed_origins)),
            max_body_bytes=settings.max_body_bytes,
            larger_bodies=hooks.larger_bodies,
            on_end=metrics.request_ended,
            on_fault=error_handlers.unexpected_error,
            audit=audit,
        )

    return layered


class _Server(uvicorn.Server):
    """Graceful shutdown: reports not ready, drains the requests in flight, then closes.

    A load balancer thus learns to send no more while they are answered. Event streams are ended first, since they would never
    end by themselves.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._fastapi = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._fastapi.state.notifications.close()
        if self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks), timeout=self.config.timeout_graceful_shutdown)
        await super().shutdown(sockets)


def serve(app_or_factory: FastAPI | Callable[[], FastAPI], settings: ServiceSettings) -> None:
    """Run a service until SIGTERM or SIGINT; then let requests end, give running jobs back and return.

    Exits where others could reach it and nothing would ask them who they are.
    """
    logging.configure(settings)
    warn_of_unknown_variables()
    refusal = refusal_to_start(settings)
    if refusal is not None:
        sys.exit(refusal)
    app = app_or_factory if isinstance(app_or_factory, FastAPI) else app_or_factory()
    certificates = Certificates.of_settings(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=PersistentProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.drain_seconds),
        **({} if certificates is None else certificates.options),
    )
    with _renewed(certificates, config):
        _Server(config, app).run()


def _renewed(certificates: Certificates | None, config: uvicorn.Config) -> contextlib.AbstractContextManager[None]:
    """Return a context in which the certificate of a server is renewed when its file changes."""
    if certificates is None:
        return contextlib.nullcontext()
    config.load()
    assert config.ssl is not None
    return certificates.watched(config.ssl)
