"""From a template to a whole page. A template begins with `{% extends "page.html" %}` and may use `parts.html`'s macros."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

from fastapi import Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chassis.pages import number_format

__all__ = ["environment", "page_response"]

_NOTHING_FROM_OUTSIDE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)


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


def page_response(templates: Environment, template: str, *, script: str | None = None, **values: Any) -> Response:
    """Render a page whose content security policy lets the browser load nothing from outside.

    `script`: the name of a file in the templates' folder, which becomes the page's one script; the browser runs no other.
    Half a surrogate pair, which a JSON string may hold and UTF-8 cannot, becomes "?".
    """
    policy, source = _NOTHING_FROM_OUTSIDE, Markup()
    if script is not None:
        source = Markup(_source(templates, script))  # noqa: S704 - a file of this project
        digest = b64encode(hashlib.sha256(source.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}'"
    page = templates.get_template(template).render(script=source, **values).encode("utf-8", "replace")
    headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


def _source(templates: Environment, name: str) -> str:
    assert templates.loader is not None, "it was made by `environment`"
    return templates.loader.get_source(templates, name)[0]
