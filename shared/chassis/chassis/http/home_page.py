"""The start page at `/`: for browsers a page with the service's publications and jobs.

Other clients are given JSON: that the service is alive, as KServe's clients ask, and the paths of what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2 import Environment

from chassis.access.needs import ANY_CALLER
from chassis.http.content_negotiation import preferred
from chassis.http.job_pages import NEWEST, JobPages
from chassis.pages.layout import documentation_of, environment, page_response, root_of
from chassis.strict_json import reply_bytes
from contracts.errors import NotAcceptable

__all__ = ["HomePage", "home_router"]

_JSON, _HTML = "application/json", "text/html"


@dataclass(frozen=True)
class HomePage:
    """The service's own part of its start page.

    Parameters
    ----------
    templates, template
        The page: a template that extends `home.html`.
    values
        Returns the values that the template shows. Called on a thread at each request for the page.
    jobs
        The service's own parts of the pages about jobs.
    resources
        Paths of the service's lists, by name, for the JSON reply.
    """

    templates: Environment = field(default_factory=lambda: environment("chassis.pages"))
    template: str = "home.html"
    values: Callable[[Request], Mapping[str, Any]] = lambda _: {}
    jobs: JobPages = field(default_factory=JobPages)
    resources: Mapping[str, str] = field(default_factory=dict[str, str])


def home_router(name: str, title: str, version: str, home: HomePage) -> APIRouter:
    """Make the route of the start page."""
    router = APIRouter(tags=["health"])
    content = {
        "status": "alive",
        "service": name,
        "version": version,
        "docs": "/docs",
        "openapi": "/openapi.json",
        "ready": "/health/ready",
        "jobs": "/v1/jobs",
        **home.resources,
    }

    @router.get(
        "/",
        response_model=dict[str, str],
        responses={200: {"content": {_HTML: {"schema": {"type": "string"}}}}},
        summary="The service: what it has, and where its documentation is",
        description="A page where the `Accept` header asks for HTML, as browsers do, else JSON.",
    )
    @ANY_CALLER
    def read_home(request: Request) -> Response:
        if not _wants_page(request):
            return Response(reply_bytes(content), media_type=_JSON, headers={"Vary": "Accept"})
        page = page_response(
            home.templates,
            home.template,
            scripts=["live.js"],
            nav=home.jobs.nav(request),
            is_live=True,
            title=title,
            version=version,
            root=root_of(request),
            documentation=documentation_of(request),
            jobs=home.jobs.rows(request, NEWEST),
            **home.values(request),
        )
        page.headers["Vary"] = "Accept"
        return page

    return router


def _wants_page(request: Request) -> bool:
    """Return whether the client prefers a page, as browsers do; what accepts neither is given JSON."""
    try:
        return preferred(request.headers.get("accept"), [_JSON, _HTML]) == _HTML
    except NotAcceptable:
        return False
