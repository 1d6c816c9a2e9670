"""Both services as child processes: started together, awaited until ready, and always stopped.

Each child leads its own process group, so that Ctrl-C reaches only this process, which shuts them down: SIGTERM first, and
SIGKILL to the whole group, with its Spark or TensorFlow processes, after a grace period.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from tandem.client import Tandem
from tandem.errors import InvalidInput, NotStarted
from tandem.messages import ServiceName
from tandem.transport.connections import SERVICES

READY_SECONDS = 300.0
GRACE_SECONDS = 15.0
LOGS = Path("build/logs")
SOURCES = Path("build/sources")
"""The first source root, to which the relative paths of requests refer."""

Children = dict[ServiceName, "subprocess.Popen[bytes]"]


@contextmanager
def running(tandem: Tandem, waiting: Callable[[ServiceName], None] = lambda _: None) -> Generator[Children]:
    """Run both services while the block runs; ready on entry. Main thread only.

    `waiting` is called with each service before its readiness is awaited. Raises `NotStarted`, with the end of the log, and
    `InvalidInput` for an address that is in use or not on this machine.
    """
    for service in SERVICES:
        _check_free(tandem, service)
    children: Children = {}
    previous = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        for service in SERVICES:
            children[service] = _start(service, tandem.urls)
        for service in SERVICES:
            waiting(service)
            _await_ready(tandem, service, children[service])
        yield children
    finally:
        previous[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grace period bounds the rest
        _end(children)
        for number, handler in previous.items():
            signal.signal(number, handler)


def log_of(service: ServiceName) -> Path:
    """Return the path of a started service's log."""
    return LOGS / f"{service}.log"


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _check_free(tandem: Tandem, service: ServiceName) -> None:
    url = tandem.urls[service]
    address = urlsplit(url)
    if address.hostname not in {"127.0.0.1", "localhost", "::1"} or address.port is None:
        raise InvalidInput(f"only services on this machine, with a port, can be started. Received: {url}")
    if tandem.is_there(service):
        raise InvalidInput(f"something answers at {url} already; stop it, or give {service} another address")


def _start(service: ServiceName, urls: Mapping[ServiceName, str]) -> subprocess.Popen[bytes]:
    address = urlsplit(urls[service])
    SOURCES.mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "TANDEM_SOURCE_ROOTS": os.environ.get("TANDEM_SOURCE_ROOTS", str(SOURCES.absolute())),
        "TANDEM_HOST": str(address.hostname),
        "TANDEM_PORT": str(address.port),
        **{f"TANDEM_{other.upper()}_URL": urls[other] for other in SERVICES},  # their pages lead to one another
    }
    with log_of(service).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"{service}.main"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _await_ready(tandem: Tandem, service: ServiceName, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise NotStarted(f"{service} ended with exit code {child.returncode}:\n{_last_lines(service)}")
        if tandem.is_ready(service):
            return
        time.sleep(0.2)
    raise NotStarted(f"{service} was not ready after {READY_SECONDS:.0f} seconds:\n{_last_lines(service)}")


def _last_lines(service: ServiceName, count: int = 15) -> str:
    lines = log_of(service).read_text(errors="replace").splitlines()
    return "\n".join([*lines[-count:], f"(the whole log: {log_of(service)})"])


def stay(children: Children) -> None:
    """Block until a service exits by itself, then raise `NotStarted` with the end of its log."""
    while True:
        for service, child in children.items():
            if child.poll() is not None:
                raise NotStarted(f"{service} ended with exit code {child.returncode}:\n{_last_lines(service)}")
        time.sleep(0.5)


def _end(children: Children) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children.values():
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, deadline - time.monotonic()))
        _kill_group(child)
        child.wait()


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):  # the whole group has exited
        os.killpg(child.pid, signal.SIGKILL)
