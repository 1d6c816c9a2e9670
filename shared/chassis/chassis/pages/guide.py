"""The written documentation at `/guide`, where it was built: files of a folder, with nothing from outside this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from chassis.access.needs import OPEN
from chassis.pages.layout import GUIDE

__all__ = ["install"]

_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'self'; form-action 'none'"
)


class _GuideFiles(StaticFiles):
    async def get_response(self, path: str, scope: Any) -> Response:
        """Return a file, which may load others of the service alone."""
        response = await super().get_response(path, scope)
        response.headers["Content-Security-Policy"] = _POLICY
        return response


def install(app: FastAPI, folder: str) -> None:
    """Serve the guide of a folder, and note in `app.state.has_guide` whether it is there."""
    app.state.has_guide = bool(folder) and (Path(folder) / "index.html").is_file()
    if app.state.has_guide:
        app.mount(GUIDE, OPEN(_GuideFiles(directory=folder, html=True)), name="guide")
