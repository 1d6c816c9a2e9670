"""From a template to a whole page. A template begins with `{% extends "page.html" %}` and may use `parts.html`'s macros."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chassis.pages import number_format

__all__ = ["GUIDE", "Link", "documentation", "documentation_of", "environment", "page_response", "root_of"]

Link = tuple[str, str]
"""The words of a link, and its address."""

GUIDE = "/guide"
"""Path of the written documentation, where the service has it: see `chassis.pages.guide`."""

_LAYOUT_SCRIPT = "scroll_hint.js"

_NOTHING_FROM_OUTSIDE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


def environment(package: str) -> Environment:
    """Load the templates in the folder `templates` of a package, and the shared ones.

    Values that are not marked as safe are escaped. An undefined name in a template raises `jinja2.UndefinedError`.
    """
    templates = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("chassis.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update({name: getattr(number_format, name) for name in number_format.FILTERS})
    return templates


def page_response(
    templates: Environment,
    template: str,
    *,
    scripts: Sequence[str] = (),
    nav: Sequence[Link] = (),
    is_live: bool = False,
    has_form: bool = False,
    **values: Any,
) -> Response:
    """Render a page whose content security policy lets the browser load nothing from outside.

    `scripts`: names of files in the templates' folder, which become, after the layout's own, the page's one script; the browser
    runs no other. `nav`: where the page leads to. `is_live`: the script may ask this service for news.
    `has_form`: a form of the page asks this service for another one.
    Half a surrogate pair, which a JSON string may hold and UTF-8 cannot, becomes "?".
    """
    source = Markup("\n".join(_source(templates, name) for name in (_LAYOUT_SCRIPT, *scripts)))  # noqa: S704 - files of this project
    digest = b64encode(hashlib.sha256(source.encode()).digest()).decode()
    target = "'self'" if has_form else "'none'"
    policy = f"{_NOTHING_FROM_OUTSIDE}; form-action {target}; script-src 'sha256-{digest}'"
    if is_live:
        policy += "; connect-src 'self'"
    page = templates.get_template(template).render(script=source, nav=nav, **values).encode("utf-8", "replace")
    headers = {"Content-Security-Policy": policy}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


def root_of(request: Request) -> str:
    """Return the path prefix that a proxy adds in front of the service; links within the service begin with it."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def documentation(root: str, *, has_guide: bool) -> list[Link]:
    """Return the links to the documentation: to the guide, if the service has it, and to the routes."""
    guide = [("Guide", f"{root}{GUIDE}/index.html")] if has_guide else []
    return [*guide, ("API documentation", f"{root}/docs")]


def documentation_of(request: Request) -> list[Link]:
    """Return the links to the documentation of this application."""
    return documentation(root_of(request), has_guide=request.app.state.has_guide)


def _source(templates: Environment, name: str) -> str:
    assert templates.loader is not None, "it was made by `environment`"
    return templates.loader.get_source(templates, name)[0]
