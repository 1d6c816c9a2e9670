"""Services to be killed, stopped and starved, a reader that watches all the time, and the oracle.

The oracle: exactly one published result per job that succeeded and none of any other; the job's state agrees with what is
published, on disk and over HTTP; nothing half-visible at any time; nothing left behind, neither files nor processes.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import httpx
import psutil
from tests.chaos.things import PART, PARTS
from tests.processes import descendants, wait_until, wait_until_gone
from tests.starting import wait_for_start
from tests.system.servers import free_port

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "20"))
"""Rounds of each fault in `make test-long`."""

LEASE_SECONDS = 1.5
HEARTBEAT_SECONDS = 0.3

PATIENCE = 240.0
"""Seconds after which what is waited for has not happened: far beyond what a machine needs that does much else."""


@dataclass
class World:
    """A state folder and a storage, for services one after another or side by side."""

    root: Path
    services: list[ThingService] = field(default_factory=list["ThingService"])

    @property
    def storage(self) -> Path:
        return self.root / "storage"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def job_table(self) -> Path:
        return self.state / "things.db"

    @contextmanager
    def service(self, log: IO[bytes] | int | None = None, **settings: object) -> Generator[ThingService]:
        """A running service. Whatever became of it, nothing of it runs after the block."""
        service = ThingService(self, settings)
        self.services.append(service)
        try:
            service.start(log)
            yield service
        finally:
            service.end()


@dataclass
class ThingService:
    """One service of things as a process of its own."""

    world: World
    settings: dict[str, object]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    family: dict[int, psutil.Process] = field(default_factory=dict[int, psutil.Process])

    def start(self, log: IO[bytes] | int | None = None) -> None:
        self.world.state.mkdir(parents=True, exist_ok=True)
        self.world.storage.mkdir(parents=True, exist_ok=True)
        settings: dict[str, object] = {
            "storage": self.world.storage,
            "state": self.world.state,
            "port": self.port,
            "lease_seconds": LEASE_SECONDS,
            "heartbeat_seconds": HEARTBEAT_SECONDS,
            "cancel_grace_seconds": 0.5,
            **self.settings,
        }
        with (self.world.root / "service.log").open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.things", str(self.world.root / "clock")],
                env={**os.environ, **{f"TANDEM_{name.upper()}": str(value) for name, value in settings.items()}},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file if log is None else log,
                start_new_session=True,
            )
        wait_for_start(self.process, self._looks_alive, self.world.root / "service.log", pause=0.02)

    def _looks_alive(self) -> tuple[bool, object]:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health/live", timeout=5).is_success, None
        return False, None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def make(self, name: str, **request: Any) -> str:
        reply = httpx.post(f"{self.url}/v1/things", json={"name": name, **request}, timeout=30)
        assert reply.status_code == 202, reply.text
        return reply.json()["id"]

    def job(self, job_id: str) -> dict[str, Any]:
        return httpx.get(f"{self.url}/v1/jobs/{job_id}", timeout=30).json()

    def cancel(self, job_id: str) -> dict[str, Any]:
        return httpx.post(f"{self.url}/v1/jobs/{job_id}:cancel", timeout=30).json()

    def get(self, name: str) -> int:
        return httpx.get(f"{self.url}/v1/things/{name}", timeout=30).status_code

    def delete(self, name: str) -> int:
        return httpx.delete(f"{self.url}/v1/things/{name}", timeout=30).status_code

    def finish(self, job_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while not (job := self.job(job_id))["done"]:
            assert time.monotonic() < deadline, (job, [process.cmdline() for process in self.relatives()])
            time.sleep(0.03)
        return job

    def relatives(self) -> list[psutil.Process]:
        """The keepers and engines, parents first; all that were ever seen are remembered for `end`."""
        assert self.process is not None
        seen = descendants(self.process.pid)
        self.family.update({process.pid: process for process in seen})
        return seen

    def keeper(self) -> psutil.Process:
        return self.relatives()[0]

    def engine(self) -> psutil.Process:
        return wait_until(lambda: self.relatives()[1:2], pause=0.02)[0]

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> None:
        """Stop it between two transactions: one that stands still amid a write holds up everyone, SQLite waits for it."""
        assert self.process is not None
        process = psutil.Process(self.process.pid)
        while True:
            self.signal(signal.SIGSTOP)
            wait_until(lambda: process.status() == psutil.STATUS_STOPPED, pause=0.01)
            with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self.world.job_table, timeout=0)) as table:
                table.execute("BEGIN IMMEDIATE")
                return
            self.signal(signal.SIGCONT)
            time.sleep(0.01)

    def kill(self) -> None:
        """As `kill -9` of the service alone; returns once what it had started is gone too."""
        assert self.process is not None
        self.relatives()
        self.process.kill()
        self.process.wait()
        wait_until_gone([*self.family], PATIENCE)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            with suppress(psutil.Error):
                self.relatives()
            self.process.kill()
            self.process.send_signal(signal.SIGCONT)
            self.process.wait()
        for process in self.family.values():
            with suppress(psutil.Error):
                process.send_signal(signal.SIGCONT)
        wait_until_gone([*self.family], PATIENCE)


def stopped_at(world: World, job_id: str, attempt: int = 1, what: str = "stop") -> psutil.Process:
    """The engine of an attempt, once it has reached the point of its fault."""
    note = world.state / f"{job_id}-{attempt}.{what}"
    wait_until(lambda: note.exists() and note.read_text(), pause=0.01)
    process = psutil.Process(int(note.read_text()))
    if what == "stop":
        wait_until(lambda: process.status() == psutil.STATUS_STOPPED, pause=0.01)
    return process


def wait_until_given_up(world: World, job_id: str, attempt: int = 1) -> None:
    """Wait until the service of a superseded attempt has given it up, by the line of its log."""

    def given_up() -> bool:
        lines = (world.root / "service.log").read_text().splitlines()
        ends = (json.loads(line) for line in lines if '"attempt ends"' in line)
        return any((line["job"], line["attempt"]) == (job_id, attempt) for line in ends)

    wait_until(given_up)


def broken_things(storage: Path) -> list[str]:
    """What a reader sees that is not whole."""
    broken: list[str] = []
    for manifest in storage.glob("things/*/manifest.json"):
        try:
            thing: dict[str, Any] = json.loads(manifest.read_bytes())
            wrong = [path for path in thing["files"] if (storage / path).read_bytes() != PART]
            if wrong or len(thing["files"]) != PARTS:
                broken.append(f"{thing['name']}: {wrong}")
        except FileNotFoundError as error:
            if manifest.exists():  # else it is being deleted, the manifest first
                broken.append(repr(error))
        except ValueError as error:
            broken.append(f"{manifest}: {error}")
    return broken


class Reader(threading.Thread):
    """Reads all the time, as clients do, whatever is published."""

    def __init__(self, storage: Path) -> None:
        super().__init__(daemon=True)
        self.broken: list[str] = []
        self._storage = storage
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.002):
            self.broken += broken_things(self._storage)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()
        assert self.broken == []


def check(service: ThingService, job_id: str, name: str, *, deleted: bool = False) -> dict[str, Any]:
    """The oracle, for one job that is over. Returns the job."""
    job = service.finish(job_id)
    folder = service.world.storage / "things" / name
    wait_until(lambda: _as_the_job_says(folder, job, deleted=deleted), pause=0.02)
    for _ in range(3):  # and it stays so
        time.sleep(0.05)
        assert _as_the_job_says(folder, job, deleted=deleted), (job, sorted(folder.rglob("*")))
        assert service.get(name) == (200 if job["state"] == "SUCCEEDED" and not deleted else 404)
    assert broken_things(service.world.storage) == []
    assert service.job(job_id) == job
    wait_until(lambda: httpx.get(f"{service.url}/health/ready", timeout=30).status_code == 200)
    return job


def _as_the_job_says(folder: Path, job: dict[str, Any], *, deleted: bool) -> bool:
    if job["state"] != "SUCCEEDED" or deleted:
        return not folder.exists()
    attempt = job["response"]["folder"]
    present = {str(path.relative_to(folder)) for path in folder.rglob("*")} if folder.exists() else set[str]()
    whole = {"manifest.json", attempt, *(f"{attempt}/part-{number}" for number in range(PARTS))}
    assert job["response"]["job"] == job["id"]
    return present == whole and json.loads((folder / "manifest.json").read_bytes()) == job["response"]
