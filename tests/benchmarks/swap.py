"""Versions change under constant load: labels move, new versions come, old ones go. How long replies take, and whose each is."""

from __future__ import annotations

import asyncio
import json
import statistics
import threading
import time
from typing import Any

import uvloop
from tests.benchmarks.load import Connection, request
from tests.benchmarks.served_model import MODEL, publish_model, republish, row_bodies
from tests.benchmarks.servers import ask, tandem

RATE, CLIENTS = 200, 32
"""Requests a second; and connections: so many that none waits for one while others wait for a reply."""
CHANGES = 100
_IN_A_ROW = 10


def measure(folder: str, *, changes: int = CHANGES, quiet_seconds: float = 5) -> dict[str, Any]:
    """`p99_before_ms`, `p99_during_ms`, and how many requests `failed` or were answered by a `mixed` batch.

    Before each ten changes nothing changes for a while: the machine is not as fast in one minute as in the next. A reply is
    mixed if its numbers are not those of the version that it names, or if its path did not name that version.
    """
    for seed in (1, 2):
        publish_model(folder, seed)
    with tandem(folder, TANDEM_POLL_SECONDS="0.2", TANDEM_OLDER_VERSIONS="2") as port:
        _move_label(port, 1)
        body = row_bodies(1)[0]
        of_kind = {kind: ask(port, "POST", f"/v1/models/{MODEL}/versions/{kind}:predict", body)[1] for kind in (1, 2)}
        load = _Load(port, body, {kind: found["predictions"][0] for kind, found in of_kind.items()})
        thread = threading.Thread(target=lambda: uvloop.run(load.run()))
        thread.start()
        spans: list[tuple[float, float]] = []
        for first in range(0, changes, _IN_A_ROW):
            time.sleep(quiet_seconds + 1)
            began = time.perf_counter()
            _change(port, folder, range(first, min(first + _IN_A_ROW, changes)), load)
            spans.append((began, time.perf_counter()))
        load.ended = True
        thread.join(60)
        before = [took for at, took in load.took if any(began - quiet_seconds <= at < began for began, _ in spans)]
        during = [took for at, took in load.took if any(began <= at <= ended for began, ended in spans)]
        return {
            "p99_before_ms": round(_p99(before), 3),
            "p99_during_ms": round(_p99(during), 3),
            "failed": load.failed,
            "mixed": load.mixed,
            "requests": len(before) + len(during),
            "versions_seen": len(load.versions),
        }


def _p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98] * 1000


def _change(port: int, folder: str, changes: range, load: _Load) -> None:
    """By turns a label is moved, and a version published, which is loaded by itself and becomes the default."""
    for at in changes:
        newest = max(
            int(each["version"]) for each in ask(port, "GET", f"/v1/models/{MODEL}")[1]["model_version_status"]
        )
        if at % 2:
            kind = 1 + at // 2 % 2
            number = republish(folder, kind)
            load.expect(number, kind)
            until = time.monotonic() + 30
            while number not in load.versions:  # as the replies say, so that nothing else is asked
                if time.monotonic() > until:
                    raise TimeoutError(f"version {number} was not noticed")
                time.sleep(0.05)
        else:
            _move_label(port, newest - at // 2 % 2)


def _move_label(port: int, version: int) -> None:
    path = f"/v1/models/{MODEL}/labels/champion"
    status, _ = ask(port, "PUT", path, {"version": version}, {"If-Match": "*"})
    if status in {404, 412}:
        status, _ = ask(port, "PUT", path, {"version": version}, {"If-None-Match": "*"})
    if status not in {200, 201}:
        raise RuntimeError(f"the label could not be moved: {status}")


class _Load:
    """So many requests a second, by turns for the default version and for the one with the label."""

    def __init__(self, port: int, body: bytes, expected: dict[int, float]) -> None:
        self._port = port
        self._requests = [
            request(path, body)
            for path in (f"/v1/models/{MODEL}:predict", f"/v1/models/{MODEL}/labels/champion:predict")
        ]
        self._expected = expected
        self._kinds: dict[int, int] = {1: 1, 2: 2}
        self.took: list[tuple[float, float]] = []
        self.failed = self.mixed = 0
        self.versions: set[int] = set()
        self.ended = False

    async def run(self) -> None:
        """Until `ended`."""
        loop = asyncio.get_running_loop()
        free: asyncio.Queue[Connection] = asyncio.Queue()
        waiting: dict[int, Connection] = {}

        def make() -> Connection:
            def on_reply(status: int, head: bytes, body: bytes, seconds: float) -> bytes | None:
                self._note(status, head, body, seconds)
                free.put_nowait(waiting[id(connection)])
                return b""

            connection = Connection(on_reply)
            waiting[id(connection)] = connection
            return connection

        connections = [(await loop.create_connection(make, "127.0.0.1", self._port))[1] for _ in range(CLIENTS)]
        for connection in connections:
            free.put_nowait(connection)
        begin = loop.time()
        at = 0
        while not self.ended:
            at += 1
            await asyncio.sleep(max(0.0, begin + at / RATE - loop.time()))
            (await free.get()).send(self._requests[at % 2])
        for connection in connections:
            connection.close()

    def expect(self, version: int, kind: int) -> None:
        """A version must answer as the one that it was made of."""
        self.mixed += self._kinds.setdefault(version, kind) != kind

    def _note(self, status: int, head: bytes, body: bytes, seconds: float) -> None:
        self.took.append((time.perf_counter(), seconds))
        if status != 200:
            self.failed += 1
            return
        lower = head.lower()
        at = lower.index(b"x-model-version:")
        version = int(lower[at + 16 :].split(b"\r\n", 1)[0])
        self.versions.add(version)
        found = json.loads(body)["predictions"][0]
        near = [kind for kind, value in self._expected.items() if abs(value - found) < 1e-6]
        self.mixed += not near or self._kinds.setdefault(version, near[0]) != near[0]
