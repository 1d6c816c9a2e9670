"""Lets scripts of other sites' pages read replies, where the operator trusts these sites: CORS."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

__all__ = ["allow_origins"]

_SHOWN = ["ETag", "Location", "Retry-After", "X-Request-Id", "Server-Timing"]
"""Headers of replies that scripts may read in addition to those that they always may."""


def allow_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return the application with CORS headers for pages of these origins, `*` for any; as it is where there are none.

    Credentials of the browser's own, as cookies, are never shared: a script sends its token itself.
    """
    if not origins:
        return app
    return CORSMiddleware(app, allow_origins=origins, allow_methods=["*"], allow_headers=["*"], expose_headers=_SHOWN)
