"""The service as a process, while versions change under load, while it is told to stop, and when it is asked too much."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.modeling.live import address_of, running
from tests.modeling.trained import Trained
from tests.processes import wait_until

from contracts.storage import Storage
from modeling.repository.attempts import staging
from modeling.repository.folders import MANIFEST
from modeling.repository.versions import publish, read_manifest, with_number

ROW = {"instances": [{"distance km": 1200.5, "class": 3, "carrier/日本": "null"}]}


@pytest.fixture
def copied(trained: Trained, tmp_path: Path) -> Storage:
    """A storage of its own with versions 1 and 2, of which 2 is another network."""
    storage = Storage(str(tmp_path / "own"))
    source, target = trained.storage.local_path("models/m"), storage.local_path("models/m")
    assert source is not None
    assert target is not None
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("labels"))
    return storage


def again(storage: Storage, version: int) -> int:
    """Publish a version once more, under the next number."""
    manifest = read_manifest(storage, "m", version)
    folder = storage.local_path(manifest.folder)
    assert folder is not None
    with staging(storage, "m", "again", 1) as staged:
        shutil.copytree(folder, staged, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
        return publish(storage, staged, with_number(manifest, 0)).version


class Load:
    """Several clients that ask without a pause, by turns for the default version and for the one with the label."""

    def __init__(self, url: str, expected: dict[int, float]) -> None:
        self.url = url
        self.expected = expected
        self.kinds = {1: 1, 2: 2}
        self.failed: list[Any] = []
        self.mixed: list[Any] = []
        self.answered = 0
        self.versions: set[int] = set()
        self.stop = threading.Event()

    def run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            await asyncio.gather(*(self._ask(client, path) for path in ("m", "m/labels/champion") * 4))

    async def _ask(self, client: httpx.AsyncClient, path: str) -> None:
        while not self.stop.is_set():
            reply = await client.post(f"/v1/models/{path}:predict", json=ROW)
            self.answered += 1
            if reply.status_code != 200:
                self.failed.append(reply.text)
                continue
            version, found = int(reply.headers["x-model-version"]), reply.json()["predictions"][0]
            self.versions.add(version)
            near = [kind for kind, value in self.expected.items() if abs(found - value) < 1e-5]
            if near != [self.kinds.setdefault(version, near[0] if near else 0)]:
                self.mixed.append((version, found))


@pytest.fixture
def client(copied: Storage, tmp_path: Path) -> Iterator[httpx.Client]:
    with running(copied, tmp_path / "service", TANDEM_LOADING_SHARE="0.2") as client:
        yield client


def answers_by_default(client: httpx.Client, version: int) -> bool:
    return client.get("/v1/models/m/metadata").json()["model_spec"]["version"] == str(version)


def move(client: httpx.Client, version: int) -> None:
    path = "/v1/models/m/labels/champion"
    found = client.get(path)
    match = {"If-Match": found.headers["etag"]} if found.is_success else {"If-None-Match": "*"}
    assert client.put(path, json={"version": version}, headers=match).is_success


@pytest.mark.parametrize("changes", [16, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_versions_change_under_load_and_no_request_fails_and_no_batch_mixes_them(
    client: httpx.Client, copied: Storage, changes: int
) -> None:
    replies = {kind: client.post(f"/v1/models/m/versions/{kind}:predict", json=ROW).json() for kind in (1, 2)}
    expected = {kind: found["predictions"][0] for kind, found in replies.items()}
    assert abs(expected[1] - expected[2]) > 1e-4
    move(client, 1)
    load = Load(str(client.base_url), expected)
    thread = threading.Thread(target=load.run)
    thread.start()
    newest = 2
    for at in range(changes):
        kind = 1 + at // 2 % 2
        if at % 2:
            newest = again(copied, kind)
            assert load.kinds.setdefault(newest, kind) == kind
            wait_until(partial(answers_by_default, client, newest))
        else:
            move(client, newest - at // 2 % 2)
            assert client.get("/v1/models/m/labels/champion/metadata").is_success
    load.stop.set()
    thread.join(60)
    assert load.failed == []
    assert load.mixed == []
    assert load.answered > changes
    assert len(load.versions) > changes // 4


def test_a_client_says_how_long_it_waits(service: httpx.Client) -> None:
    large = json.dumps({"inputs": {"class": list(range(100_000))}}).encode()
    for given, content, status in (
        ("0.005", large, 504),
        ("30", json.dumps(ROW).encode(), 200),
        ("x", b"", 400),
        ("-1", b"", 400),
        ("nan", b"", 400),
    ):
        reply = service.post("/v1/models/m:predict", content=content, headers={"X-Request-Timeout": given})
        assert reply.status_code == status, reply.text
        assert status == 200 or list(reply.json()) == ["error"]


def test_what_is_too_large_or_too_deep_is_refused(service: httpx.Client) -> None:
    deep = b'{"instances": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    for content, status in ((deep, 400), (b'{"inputs": {"class": [' + b"1," * 100_000 + b"1]}}", 400)):
        reply = service.post("/v1/models/m:predict", content=content)
        assert reply.status_code == status, reply.text
    assert "at most 100000 rows" in reply.json()["error"]
    reply = service.post("/v1/models/m:predict", content=b" " * (64 * 1024 * 1024 + 1))
    assert reply.status_code == 413
    assert list(reply.json()) == ["error"]


def test_past_the_queue_a_client_is_told_when_to_come_again(copied: Storage, tmp_path: Path) -> None:
    large = json.dumps({"inputs": {"class": list(range(50_000))}}).encode()

    async def flood(url: str) -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=40)
        async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
            return await asyncio.gather(*(client.post("/v1/models/m:predict", content=large) for _ in range(24)))

    with running(copied, tmp_path / "small", TANDEM_PREDICT_THREADS="1", TANDEM_PREDICT_QUEUE="2") as client:
        found = asyncio.run(flood(str(client.base_url)))
        statuses = [reply.status_code for reply in found]
        assert set(statuses) == {200, 429}
        turned_away = next(reply for reply in found if reply.status_code == 429)
        assert int(turned_away.headers["retry-after"]) > 0
        assert "running or waiting" in turned_away.json()["error"]


def test_told_to_stop_it_is_not_ready_and_answers_what_it_has_begun(copied: Storage, tmp_path: Path) -> None:
    log = tmp_path / "log"
    environment = {
        **os.environ,
        "TANDEM_STORAGE": copied.uri,
        "TANDEM_STATE": str(tmp_path / "state"),
        "TANDEM_PORT": "0",
        "TANDEM_PREDICT_THREADS": "1",
        "TANDEM_DRAIN_SECONDS": "60",
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "modeling.main"], env=environment, stdout=output, stderr=output
        )
    try:
        url = address_of(server, log)
        wait_until(lambda: httpx.get(f"{url}/health/ready").is_success)
        body = json.dumps(ROW).encode()
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as begun:
            head = f"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            begun.sendall(head.encode() + body[:10])
            time.sleep(0.5)
            server.send_signal(signal.SIGTERM)
            ready = wait_until(lambda: _unready(url))
            assert ready["checks"]["service"] == "stopping"
            assert server.poll() is None
            begun.sendall(body[10:])
            reply = b""
            while chunk := begun.recv(65536):
                reply += chunk
        assert reply.startswith(b"HTTP/1.1 200")
        assert b"predictions" in reply
        assert server.wait(60) in {0, -signal.SIGTERM}
        assert b"fault" not in log.read_bytes()
    finally:
        server.kill()
        server.wait()


def _unready(url: str) -> Any:
    reply = httpx.get(f"{url}/health/ready")
    return reply.json() if reply.status_code == 503 else None
