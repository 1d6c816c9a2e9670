"""A server that speaks S3 for tests: `tests.object_server` in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tests.starting import wait_for_start
from tests.system.servers import free_port

CONTROL = "/-control"
BUCKET, KEY, SECRET = "tandem-tests", "planted-key", "planted-secret"


@dataclass(frozen=True)
class ObjectStore:
    """A store with one bucket."""

    address: str

    def uri(self, folder: str) -> str:
        """A storage in the bucket, with keys as a user writes them."""
        return f"s3://{KEY}:{SECRET}@{BUCKET}/{folder}?endpoint_override={self.address}&scheme=http&region=us-east-1"

    def ask(self, **options: Any) -> dict[str, int]:
        """The requests since the last `reset=True`, by method. `fail`: the share that fails; `seconds`: what each takes;
        `ignore`: whether If-None-Match is ignored."""
        return httpx.post(f"http://{self.address}{CONTROL}", json=options).json()


@contextmanager
def serving() -> Generator[ObjectStore]:
    """A server until the block ends."""
    store = ObjectStore(f"127.0.0.1:{free_port()}")
    command = [sys.executable, "-m", "tests.object_server", store.address.rpartition(":")[2]]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        wait_for_start(process, lambda: (_answers(store), None))
        httpx.put(f"http://{store.address}/{BUCKET}").raise_for_status()
        yield store
    finally:
        process.terminate()
        process.wait()


def _answers(store: ObjectStore) -> bool:
    try:
        store.ask()
    except httpx.TransportError:
        return False
    return True
