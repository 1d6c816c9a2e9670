"""One row over HTTP from one client on a kept-alive connection, beside an empty FastAPI endpoint that parses the same body."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Mapping

from tests.benchmarks.load import request

Target = tuple[str, int, str]
"""A name, a port, a path."""


def compare(
    targets: list[Target],
    bodies: list[bytes],
    *,
    requests: int = 3000,
    rounds: int = 12,
    headers: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, float]:
    """Milliseconds from request to reply: `{name}_p50_ms` and `{name}_p99_ms` of each.

    The targets take turns, in so many rounds, of which the first warms up: what disturbs the machine disturbs each of them.
    `headers`: more of them, by name of a target.
    """
    clients = [
        (name, _connect(port), [request(path, body, headers=(headers or {}).get(name)) for body in bodies])
        for name, port, path in targets
    ]
    took: dict[str, list[float]] = {name: [] for name, *_ in targets}
    for at in range(rounds + 1):
        for name, connection, made in clients:
            found = [_time(connection, made[each % len(made)]) for each in range(requests // rounds)]
            if at:
                took[name] += found
    for _, connection, _ in clients:
        connection.close()
    figures: dict[str, float] = {}
    for name, found in took.items():
        figures[f"{name}_p50_ms"] = round(statistics.median(found), 3)
        figures[f"{name}_p99_ms"] = round(statistics.quantiles(found, n=100)[98], 3)
    return figures


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _time(connection: socket.socket, content: bytes) -> float:
    began = time.perf_counter()
    connection.sendall(content)
    reply = connection.recv(65536)
    while not _is_whole(reply):
        reply += connection.recv(65536)
    milliseconds = (time.perf_counter() - began) * 1000
    if not reply.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"a reply was {reply[:300]!r}")
    return milliseconds


def _is_whole(reply: bytes) -> bool:
    head, separator, body = reply.partition(b"\r\n\r\n")
    if not separator:
        return False
    lower = head.lower()
    at = lower.find(b"content-length:")
    return len(body) >= int(lower[at + 15 :].split(b"\r\n", 1)[0])
