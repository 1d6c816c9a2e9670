"""The page at `/docs`, and the OpenAPI document behind it, with nothing from outside this machine.

Swagger UI's files come from the package `fastapi-offline`; the page's policy forbids the browser to load anything from elsewhere.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from chassis.access.needs import OPEN
from chassis.pages.layout import root_of
from chassis.strict_json import reply_bytes

__all__ = ["Document", "install"]

Document = dict[str, Any]

_FILES = "/docs/files"
_PARAMETERS: dict[str, Any] = {
    "validatorUrl": None,  # a service on the internet that would be sent the document's address
    "displayRequestDuration": True,
    "defaultModelsExpandDepth": 0,
    "defaultModelExpandDepth": 4,  # down to the fields of a predict request's rows
    "docExpansion": "list",
}
_HEAD = b"""<meta name="color-scheme" content="light dark">
<style>
html.dark-mode, html.dark-mode body { background: #1c2022; }
html.dark-mode .swagger-ui .examples-select__section-label { color: #e4e6e6; }
@media (max-width: 640px) {
  .swagger-ui .opblock-tag { flex-wrap: wrap; justify-content: space-between; }
  .swagger-ui .opblock-tag small { flex: 1 1 100%; order: 1; padding: 4px 0; }
}
</style>
<script>
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
</script>
"""
"""Colours as the browser's owner likes them, which Swagger UI knows but leaves to a class; and room for words on a phone."""
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI, complete: Callable[[Document], Document] = lambda document: document) -> None:
    """Add `/docs` and `/openapi.json` to an application that has none of its own (`openapi_url=None`).

    `complete` is given the document of the routes, which it must not change, at each request; what it returns is shown. It is
    called on a thread, and may take its time.
    """

    @app.get("/openapi.json", include_in_schema=False)
    @OPEN
    def read_document(request: Request) -> Response:
        document = complete(app.openapi())
        if root := root_of(request):
            document = {**document, "servers": [{"url": root}]}
        return Response(reply_bytes(document), media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    @OPEN
    def read_page(request: Request) -> Response:
        root = root_of(request)
        page = get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=app.title,
            swagger_js_url=f"{root}{_FILES}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_FILES}/swagger-ui.css",
            swagger_favicon_url=f"{root}{_FILES}/favicon.png",
            swagger_ui_parameters=_PARAMETERS,
        )
        content = bytes(page.body).replace(b"</head>", _HEAD + b"</head>", 1)
        return HTMLResponse(content, headers={"Content-Security-Policy": _policy(content)})

    app.mount(_FILES, OPEN(StaticFiles(directory=str(files("fastapi_offline") / "static"))), name="docs-files")


def _policy(page: bytes) -> str:
    """Return a content security policy that allows the page's own script, the service's files, and Swagger UI's styles."""
    own = " ".join(
        f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'" for script in _SCRIPT.findall(page)
    )
    return (
        f"default-src 'none'; script-src 'self' {own}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
