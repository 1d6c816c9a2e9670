"""Real services in processes of their own, on free ports, over a storage of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from tests.processes import descendants
from tests.starting import readiness, wait_for_start

from tandem.client import Tandem


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One service. `start` may be called again after it was ended; the state is kept."""

    service: str
    root: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def storage(self) -> Path:
        return self.root / "storage"

    @property
    def sources(self) -> Path:
        return self.root / "sources"

    def start(self, **environment: str) -> Server:
        self.sources.mkdir(parents=True, exist_ok=True)
        with (self.root / f"{self.service}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"{self.service}.main"],
                env=os.environ
                | {
                    "TANDEM_STORAGE": str(self.storage),
                    "TANDEM_STATE": str(self.root / "state"),
                    "TANDEM_SOURCE_ROOTS": str(self.sources),
                    "TANDEM_PORT": str(self.port),
                }
                | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for_start(self.process, lambda: readiness(self.url), self.root / f"{self.service}.log")
        return self

    def engine(self) -> psutil.Process:
        """The process that runs the jobs' Python code: the deepest `chassis.engine.child`."""
        assert self.process is not None
        return descendants(self.process.pid, "chassis.engine.child")[-1]

    def kill(self) -> None:
        """As `kill -9` of the service, and nothing else."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


def learn(tandem: Tandem, request: dict[str, Any], name: str, epochs: int) -> dict[str, Any]:
    """The response of a training on a new dataset, both called `name`; its metrics of the test split are in `evaluation`."""
    tandem.wait(tandem.create_dataset({**request, "name": name}))
    trained = tandem.wait(tandem.train({"model": name, "dataset": name, "epochs": epochs, "seed": 1})).response
    assert trained is not None
    return trained


@contextmanager
def replica(modeling: Server, default_model: str) -> Generator[str]:
    """The address of a second modeling service on the storage of `modeling`, whose paths without a name mean one model.

    The pair of a session holds the models of every module that ran before, so that no path may go without a name there.
    """
    server = Server("modeling", modeling.root)
    server.start(TANDEM_DEFAULT_MODEL=default_model, TANDEM_STATE=str(modeling.root / f"state-{server.port}"))
    try:
        yield server.url
    finally:
        server.stop()
