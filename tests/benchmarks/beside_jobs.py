"""Predictions while jobs run on the same machine: a row when all is quiet, while Spark works, and while a model trains.

    python -m tests.benchmarks.beside_jobs --seconds 20

One row every five milliseconds, from a process that is not the service's. The three take turns, so that a slower minute of the
machine slows each of them. Jobs have the niceness of `TANDEM_ENGINE_NICENESS`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import uvloop
from tests.benchmarks import criteo
from tests.benchmarks.load import Connection, request
from tests.benchmarks.servers import ask, free_port, program, tandem
from tests.starting import readiness

EVERY_SECONDS = 0.005
CLIENTS = 32
"""Connections: so many that no row waits for one while others wait for a reply."""
TURNS = 3
ROWS = 300_000
_PATIENCE_SECONDS = 600
_QUIET = "quiet"


def measure(folder: str, *, seconds: float = 20) -> dict[str, Any]:
    """`{name}_p50_ms`, `{name}_p99_ms` and `{name}_max_ms` of `quiet`, `spark` and `training`, and the others' ratio to `quiet`.

    `seconds`: of each in all, in so many turns.
    """
    from tests.benchmarks.served_model import MODEL, publish_model, row_bodies  # noqa: PLC0415  # loads TensorFlow

    publish_model(folder)
    sources = Path(folder, "sources")
    sources.mkdir(exist_ok=True)
    criteo.write(sources / "criteo.tsv", rows=ROWS, seed=1)
    bodies = Path(folder, "bodies")
    bodies.write_bytes(b"\n".join(row_bodies()))
    took: dict[str, list[float]] = {_QUIET: [], "spark": [], "training": []}
    with (
        tandem(folder, TANDEM_SOURCE_ROOTS=str(sources)) as modeling,
        _preprocessing(folder, sources) as preprocessing,
    ):
        _end_of(preprocessing, _submit(preprocessing, "/v1/datasets", _dataset("trained-from")))
        load = partial(_load, modeling, f"/v1/models/{MODEL}:predict", bodies, seconds / TURNS)
        load()  # warms up
        for turn in range(TURNS):
            took[_QUIET] += load()
            with _running(preprocessing, "/v1/datasets", _dataset(f"made-{turn}")):
                took["spark"] += load()
            with _running(modeling, "/v1/trainings", {"model": f"busy-{turn}", "dataset": "trained-from", **_LONG}):
                took["training"] += load()
    return _figures(took)


_LONG: dict[str, Any] = {"epochs": 1000, "early_stopping": None, "importance": {"rows": 0}}


def _figures(took: dict[str, list[float]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, seconds in took.items():
        found[f"{name}_p50_ms"] = round(statistics.median(seconds) * 1000, 3)
        found[f"{name}_p99_ms"] = round(statistics.quantiles(seconds, n=100)[98] * 1000, 3)
        found[f"{name}_max_ms"] = round(max(seconds) * 1000, 3)
        found[f"{name}_p99_ratio"] = round(found[f"{name}_p99_ms"] / found[f"{_QUIET}_p99_ms"], 2)
    return found


@contextmanager
def _preprocessing(folder: str, sources: Path) -> Generator[int]:
    """Run the preprocessing service, once its engine is warm."""
    port = free_port()
    environment = {
        "TANDEM_STORAGE": f"{folder}/storage",
        "TANDEM_STATE": f"{folder}/preprocessing-state",
        "TANDEM_SOURCE_ROOTS": str(sources),
        "TANDEM_PORT": str(port),
        "TANDEM_LOG_LEVEL": "WARNING",
    }
    look = partial(readiness, f"http://127.0.0.1:{port}", with_engine=True)
    command = [sys.executable, "-m", "preprocessing.main"]
    with program(command, environment, look, Path(folder, "preprocessing.log")):
        yield port


def _dataset(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"format": "tsv", "uris": ["criteo.tsv"]},
        "label": {"column": "label"},
        "records": "transformed",
        "layout": "packed",
    }


def _submit(port: int, path: str, body: dict[str, Any]) -> str:
    status, job = ask(port, "POST", path, body)
    if status != 202:
        raise RuntimeError(f"{path}: {status} {job}")
    return job["id"]


def _job(port: int, job: str) -> dict[str, Any]:
    """Return a job; asks again where there is no reply, as on a machine that is very busy."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while (reply := ask(port, "GET", f"/v1/jobs/{job}"))[0] != 200:
        if time.monotonic() > until:
            raise RuntimeError(f"the job could not be looked at: {reply}")
        time.sleep(0.5)
    return reply[1]


def _end_of(port: int, job: str) -> dict[str, Any]:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not (found := _job(port, job))["done"]:
        if time.monotonic() > until:
            raise TimeoutError(f"the job is in phase {found['progress']['phase']!r}")
        time.sleep(0.2)
    if found["state"] == "FAILED":
        raise RuntimeError(f"{found['kind']}: {found['error']}")
    return found


@contextmanager
def _running(port: int, path: str, body: dict[str, Any]) -> Generator[None]:
    """Keep jobs running within: the next begins once one has ended."""
    jobs = [_submit(port, path, {**body, **_named(body, number)}) for number in range(4)]
    until = time.monotonic() + _PATIENCE_SECONDS
    while (found := _job(port, jobs[0]))["progress"]["phase"] in {None, "", "starting"} and not found["done"]:
        if time.monotonic() > until:
            raise TimeoutError("no job began")
        time.sleep(0.05)
    yield
    states = [_job(port, job) for job in jobs]
    failed = [job["error"] for job in states if job["state"] == "FAILED"]
    if failed or states[-1]["done"]:
        raise RuntimeError(f"jobs did not run all the time: {failed or 'all ended'}")
    for job in reversed(jobs):
        ask(port, "POST", f"/v1/jobs/{job}:cancel")
    for job in jobs:
        _end_of(port, job)


def _named(body: dict[str, Any], number: int) -> dict[str, Any]:
    name = "name" if "name" in body else "model"
    return {name: f"{body[name]}-{number}"}


def _load(port: int, path: str, bodies: Path, seconds: float) -> list[float]:
    """Return the seconds that each row took, sent from another process."""
    options = {"port": port, "path": path, "bodies": str(bodies), "seconds": seconds}
    command = [sys.executable, "-m", "tests.benchmarks.beside_jobs", "--load", json.dumps(options)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


async def _send(port: int, path: str, bodies: list[bytes], seconds: float) -> list[float]:
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[Connection] = asyncio.Queue()
    took: list[float] = []
    failed: list[int] = []

    def make() -> Connection:
        def on_reply(status: int, _head: bytes, _body: bytes, taken: float) -> bytes:
            took.append(taken)
            if status != 200:
                failed.append(status)
            free.put_nowait(connection)
            return b""

        connection = Connection(on_reply)
        return connection

    connections = [(await loop.create_connection(make, "127.0.0.1", port))[1] for _ in range(CLIENTS)]
    for connection in connections:
        free.put_nowait(connection)
    sent = [request(path, body) for body in bodies]
    begin = loop.time()
    for number in range(round(seconds / EVERY_SECONDS)):
        await asyncio.sleep(max(0.0, begin + number * EVERY_SECONDS - loop.time()))
        (await free.get()).send(sent[number % len(sent)])
    for _ in connections:
        await free.get()
    if failed:
        raise RuntimeError(f"replies had the status {sorted(set(failed))}")
    return took


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--load", type=json.loads, help="options of the process that sends the rows")
    given = arguments.parse_args()
    if given.load is not None:
        options = given.load
        rows = Path(options["bodies"]).read_bytes().split(b"\n")
        print(json.dumps(uvloop.run(_send(options["port"], options["path"], rows, options["seconds"]))))
        return
    with tempfile.TemporaryDirectory(prefix="tandem-beside-") as folder:
        print(json.dumps(measure(folder, seconds=given.seconds)))


if __name__ == "__main__":
    main()
