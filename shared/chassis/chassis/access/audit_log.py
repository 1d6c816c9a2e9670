"""The audit log: a line of JSON for each request, with its caller, its path, its origin and its outcome; no bodies, no values.

    {"time": "2026-11-29T12:00:00.123+00:00", "caller": "ada", "from": "10.0.0.7", "method": "DELETE",
     "path": "/v1/models/churn", "status": 200, "outcome": "done", "made": null, "request_id": "…"}

Requests that need no token, such as those for health, leave no line. `made` is the `Location` of the reply: the job of a request
for one. Queries are left out.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

__all__ = ["AuditLog"]

_KEPT = 9
"""Older files, `NAME.1` the newest of them."""
_MODE = 0o600

_log = structlog.get_logger(module=__name__)


class AuditLog:
    """A file of lines, moved aside at a size. Every method may be called from any thread, and never fails a request."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Open the file, which its owner alone may read. Raises `OSError`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _File(path, maxBytes=max_bytes, backupCount=_KEPT, encoding="utf-8")

    def record(
        self,
        *,
        caller: str | None,
        client: str | None,
        method: str,
        path: str,
        status: int,
        made: str | None,
        request_id: str,
    ) -> None:
        """Append a line. `status` 0: the reply never began."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "caller": caller,
            "from": client,
            "method": method,
            "path": path,
            "status": status,
            "outcome": _outcome(status),
            "made": made,
            "request_id": request_id,
        }
        self._file.handle(logging.makeLogRecord({"msg": json.dumps(line)}))

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError:
            _log.exception("the last lines of the audit log are lost", path=self._file.baseFilename)


def _outcome(status: int) -> str:
    if status in {401, 403, 421, 429}:
        return "refused"
    return "failed" if status >= 400 or not status else "done"


class _File(RotatingFileHandler):
    def _open(self) -> Any:
        return open(  # the handler closes it, and `opener` sets the mode
            self.baseFilename, self.mode, encoding=self.encoding, opener=lambda name, flags: os.open(name, flags, _MODE)
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Log that a line could not be written."""
        _log.exception("the audit log cannot be written", path=self.baseFilename, line=record.getMessage())
