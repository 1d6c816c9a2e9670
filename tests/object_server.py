"""A server that speaks S3, with conditional writes: moto's, in a process of its own. python -m tests.object_server PORT.

Requests are counted; a share of them may fail as a store's do (500, 503, a connection that is cut), each may take a while, and
conditions may be ignored, as some servers do.
Writes are taken one after the other, since moto looks and writes in two steps.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from tests.object_store import CONTROL
from werkzeug.serving import WSGIRequestHandler, make_server

_FAILURE = b"<?xml version='1.0'?><Error><Code>%s</Code><Message>asked for by a test</Message></Error>"


class Application:
    """The store behind a gate that counts, delays and fails."""

    def __init__(self) -> None:
        self._store = DomainDispatcherApplication(create_backend_app)
        self._counts: Counter[str] = Counter()
        self._share, self._seconds, self._ignores = 0.0, 0.0, False
        self._random = random.Random(1)
        self._writes = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == CONTROL:
            return self._control(environ, start_response)
        method = environ["REQUEST_METHOD"]
        self._counts[method if method != "GET" or "prefix" not in environ["QUERY_STRING"] else "LIST"] += 1
        time.sleep(self._seconds)
        lot = self._random.random()
        if lot < self._share:
            self._counts["failed"] += 1
            return _fail(lot / self._share, environ, start_response)
        if self._ignores:
            environ.pop("HTTP_IF_NONE_MATCH", None)
        if method == "GET":
            return self._store(environ, start_response)
        with self._writes:
            return list(self._store(environ, start_response))

    def _control(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        asked = json.loads(environ["wsgi.input"].read(size) or b"{}")
        self._share, self._seconds = asked.get("fail", self._share), asked.get("seconds", self._seconds)
        self._ignores = asked.get("ignore", self._ignores)
        body = json.dumps(self._counts).encode()
        if asked.get("reset"):
            self._counts = Counter()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


def _fail(lot: float, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if lot < 1 / 3:
        with suppress(OSError):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return [b""]
    status, code = ("503 Slow Down", b"SlowDown") if lot < 2 / 3 else ("500 Internal Server Error", b"InternalError")
    body = _FAILURE % code
    start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Write nothing: a test has thousands of requests."""


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), Application(), threaded=True, request_handler=_Silent).serve_forever()
