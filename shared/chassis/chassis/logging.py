"""Log lines as JSON (or coloured text), each with its request's id. The standard library's loggers go the same way."""

from __future__ import annotations

import json
import logging
import sys
import threading
from typing import TextIO, cast

import structlog
from structlog.typing import Processor

from chassis.settings import ServiceSettings

__all__ = ["LossyStream", "configure"]


class LossyStream:
    """Text stream that drops what cannot be written, as on a full disk or into a closed pipe, and counts it.

    A line that is lost must not end a job, a reply or a thread. The count is written once that works again.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._lost = 0

    def write(self, text: str) -> int:
        """Write, or drop, the text."""
        with self._lock:
            try:
                if self._lost:
                    self._stream.write(
                        json.dumps({"event": "log lines were lost", "level": "warning", "lines": self._lost}) + "\n"
                    )
                    self._stream.flush()
                    self._lost = 0
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):
                self._lost += 1
        return len(text)

    def flush(self) -> None:
        """Do nothing: `write` flushes."""


def configure(settings: ServiceSettings) -> None:
    """Set up logging for the whole process. Called once by `serve`, never when an application is merely made.

    This project's own lines are written straight to standard error: through the standard library each would take several
    times as long, and there is one per request.
    """
    stream = cast("TextIO", LossyStream(sys.stderr))
    level = logging.getLevelNamesMapping()[settings.log_level]
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if settings.log_format == "console":
        last = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[*first, *last],
        logger_factory=structlog.WriteLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *first],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
