"""The service as a process of its own, over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.processes import wait_until
from tests.starting import readiness, wait_for_start

from contracts.storage import Storage


class Client(httpx.Client):
    """A client of a service, and the number of its process."""

    def __init__(self, url: str, process: int) -> None:
        super().__init__(base_url=url, timeout=30)
        self.process = process


@contextmanager
def running(storage: Storage, folder: Path, *, arguments: Sequence[str] = (), **settings: str) -> Generator[Client]:
    """A client of the service over this storage, once it is ready; state and log lie in `folder`. `settings`: more of them."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    environment = {
        **os.environ,
        "TANDEM_STORAGE": storage.uri,
        "TANDEM_STATE": str(folder),
        "TANDEM_SOURCE_ROOTS": str(folder),
        "TANDEM_PORT": "0",
        "TANDEM_POLL_SECONDS": "0.2",
        **settings,
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "modeling.main", *arguments], env=environment, stdout=output, stderr=output
        )
    try:
        with Client(address_of(server, log), server.pid) as client:
            wait_for_start(server, lambda: readiness(str(client.base_url)), log)
            yield client
    finally:
        server.terminate()
        assert server.wait(30) in {0, -signal.SIGTERM}, log.read_text()


def finish(client: httpx.Client, reply: httpx.Response) -> dict[str, Any]:
    """The job that a 202 tells of, once it is done."""
    assert reply.status_code == 202, reply.text

    def done() -> Any:
        job = client.get(reply.headers["location"]).json()
        return job if job["done"] else None

    return wait_until(done)


def address_of(server: subprocess.Popen[bytes], log: Path) -> str:
    def look() -> tuple[str | None, object]:
        for word in log.read_text().split():
            if word.strip('"').startswith(("http://127.0.0.1:", "http://0.0.0.0:")):
                return word.strip('"').replace("0.0.0.0", "127.0.0.1"), None
        return None, None

    return wait_for_start(server, look, log, pause=0.05)
