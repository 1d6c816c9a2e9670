"""The grouped values that `create_app` makes a service of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from fastapi import FastAPI
from prometheus_client.registry import Collector
from starlette.types import ASGIApp

from chassis.http.error_handlers import Render
from chassis.http.health import Check
from chassis.http.home_page import HomePage
from chassis.http.swagger_ui import Document
from chassis.jobs.kinds import JobKinds
from chassis.lasting_thread import LastingThread

__all__ = ["InFront", "JobSetup", "Layer", "Lifespan", "ServiceDescription", "ServiceHooks"]

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Layer = Callable[[ASGIApp], ASGIApp]
InFront = Callable[[FastAPI, ASGIApp, Layer], ASGIApp]
"""Takes the application with all its routes, FastAPI without the layer in front, and the layer that every request passes.

What the layer in front answers must pass the last as well. An exception keeps the service from starting.
"""


@dataclass(frozen=True)
class ServiceDescription:
    """The service's name, and what its OpenAPI document shows.

    Parameters
    ----------
    name
        A short name such as "preprocessing"; it names the job tables, the engine's logs and its temporary folders.
    title, text, version
        Of the OpenAPI document; `text` is Markdown.
    schemas
        By name, components of the document that the routes' own descriptions refer to.
    complete
        Maps the document of the routes, which it must not change, to the one that is shown: it adds parts known only when
        the service runs. Called on a thread at each request for the document.
    """

    name: str
    title: str
    text: str
    version: str
    schemas: Mapping[str, object] = field(default_factory=dict[str, object])
    complete: Callable[[Document], Document] = lambda document: document


@dataclass(frozen=True)
class JobSetup:
    """The jobs of a service.

    Parameters
    ----------
    engine
        Import path "package.module:function" of an `EngineFactory`, called in the child process. None: no job is ever run.
    kinds
        The kinds of jobs that the engine runs, which also say how they are tidied up.
    """

    engine: str | None = None
    kinds: JobKinds = field(default_factory=JobKinds)


@dataclass(frozen=True)
class ServiceHooks:
    """The parts that a service adds to the chassis.

    Parameters
    ----------
    lifespan
        The service's own start and end, entered once the job tables exist and before the first job runs.
    readiness
        Further checks of `/health/ready`, by name: see `health.Check`.
    threads
        Returns the service's own threads, which readiness watches: see `health.check_threads`.
    in_front
        Makes a layer in front of FastAPI: see `InFront`.
    larger_bodies
        By prefix of the path, the largest body of a request in bytes, in place of the setting `max_body_bytes`.
    collectors
        Metrics at `/metrics` in addition to those that every service has.
    error_formats
        Error formats by prefix of the path, for requests that no route answers.
    home
        The service's part of its start page at `/`, and of the pages about its jobs.
    """

    lifespan: Lifespan | None = None
    readiness: Mapping[str, Check] = field(default_factory=dict[str, Check])
    threads: Callable[[], Sequence[LastingThread]] = tuple
    in_front: InFront | None = None
    larger_bodies: Mapping[str, int] = field(default_factory=dict[str, int])
    collectors: Sequence[Collector] = ()
    error_formats: Mapping[str, Render] = field(default_factory=dict[str, Render])
    home: HomePage = field(default_factory=HomePage)
