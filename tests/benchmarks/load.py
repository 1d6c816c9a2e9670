"""A client that puts an HTTP server under load, in a process of its own: `python -m tests.benchmarks.load OPTIONS`, as JSON.

Each connection is kept alive and sends the next body once it has the reply to the last one. Prints what came back as JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import uvloop


def measure_load(
    ports: list[int], path: str, bodies: list[bytes], *, clients: int, seconds: float, scratch: Path
) -> dict[str, Any]:
    """Requests per second and latencies of so many clients, measured from another process."""
    given = scratch / "bodies"
    given.write_bytes(b"\n".join(bodies))
    options = {"ports": ports, "path": path, "bodies": str(given), "clients": clients, "seconds": seconds}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.load", json.dumps(options)], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


class Connection(asyncio.Protocol):
    """One kept-alive connection. `on_reply(status, head, body, seconds)` gives the next request; None ends it, nothing waits."""

    def __init__(self, on_reply: Callable[[int, bytes, bytes, float], bytes | None]) -> None:
        self._on_reply = on_reply
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def send(self, request: bytes) -> None:
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _length(head)
        if len(rest) < length:
            return
        self._buffer = b""
        following = self._on_reply(int(head[9:12]), head, rest, time.perf_counter() - self._sent)
        if following is None:
            self.close()
        elif following:
            self.send(following)

    def close(self) -> None:
        """End it."""
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"content-length:")
    return int(lower[at + 15 :].split(b"\r\n", 1)[0])


def request(path: str, body: bytes, method: str = "POST", headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a request."""
    given = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _run(ports: list[int], requests: list[bytes], clients: int, seconds: float) -> dict[str, Any]:
    turn: Iterator[bytes] = itertools.cycle(requests)
    took: list[float] = []
    failed = 0
    begin = time.perf_counter() + min(1.0, seconds / 4)  # what comes before warms up
    end = begin + seconds

    def on_reply(status: int, _head: bytes, _body: bytes, latency: float) -> bytes | None:
        nonlocal failed
        now = time.perf_counter()
        if now >= begin:
            took.append(latency)
            failed += status != 200
        return next(turn) if now < end else None

    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: Connection(on_reply), "127.0.0.1", ports[at % len(ports)]))[1]
        for at in range(clients)
    ]
    for connection in connections:
        connection.send(next(turn))
    await asyncio.wait_for(asyncio.gather(*(each.done for each in connections)), seconds + 60)
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
    return {
        "per_second": len(took) / seconds,
        "p50_ms": statistics.median(took) * 1000,
        "p99_ms": cuts[98] * 1000,
        "failed": failed,
    }


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    sent = [request(given["path"], body) for body in Path(given["bodies"]).read_bytes().split(b"\n")]
    print(json.dumps(uvloop.run(_run(given["ports"], sent, given["clients"], given["seconds"]))))
