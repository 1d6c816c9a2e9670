"""The same faults in the real services, with Spark and TensorFlow at work: see `harness` for the oracle."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import httpx
import pytest
from tests.chaos.harness import ROUNDS
from tests.processes import descendants, wait_until, wait_until_gone
from tests.system.servers import Server

from contracts.dataset import open_dataset
from contracts.errors import NotFound
from contracts.storage import Storage
from modeling.repository.folders import version_numbers
from modeling.repository.versions import checked_folder, read_manifest
from tandem.client import Tandem
from tandem.messages import Job

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

ROWS = 20_000
LEASE = {"TANDEM_LEASE_SECONDS": "6", "TANDEM_HEARTBEAT_SECONDS": "1"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("chaos")
    (root / "sources").mkdir()
    lots = random.Random(1)
    rows = (f"{lots.randint(0, 1)},{lots.gauss(0, 1)},t{lots.randint(0, 99)}\n" for _ in range(ROWS))
    (root / "sources" / "rows.csv").write_text("y,n,k\n" + "".join(rows))
    return root


@pytest.fixture(scope="module")
def preprocessing(root: Path) -> Generator[Server]:
    server = Server("preprocessing", root)
    server.start(**LEASE)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def modeling(root: Path) -> Generator[Server]:
    server = Server("modeling", root)
    server.start(**LEASE)
    yield server
    server.stop()


def part(word: str, which: int) -> Callable[[Server], None]:
    """Kill one of the processes below a service whose command holds a word."""

    def kill(server: Server) -> None:
        assert server.process is not None
        found = descendants(server.process.pid, word)
        if found:  # else it has just ended by itself
            with suppress(Exception):
                found[which].kill()

    return kill


def kill_service(server: Server) -> None:
    assert server.process is not None
    below = [process.pid for process in descendants(server.process.pid)]
    server.kill()
    wait_until_gone(below)
    server.start(**LEASE)


def stop_service_past_its_lease(server: Server) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(float(LEASE["TANDEM_LEASE_SECONDS"]) + 1)
    server.process.send_signal(signal.SIGCONT)


FAULTS = {
    "engine": part("chassis.engine.child", -1),
    "keeper": part("chassis.engine.child", 0),
    "JVM": part("/bin/java ", 0),
    "worker": part("preprocessing.spark.worker_daemon", -1),
    "worker daemon": part("preprocessing.spark.worker_daemon", 0),
    "service": kill_service,
    "stopped service": stop_service_past_its_lease,
}


def ended(tandem: Tandem, service: Literal["preprocessing", "modeling"], job: Job) -> Job:
    def state() -> Job | None:
        with suppress(httpx.TransportError):
            latest = tandem.job(service, job.id)
            return latest if latest.done else None
        return None

    return wait_until(state, 240, pause=0.1)


def check_dataset(server: Server, job: Job, name: str) -> None:
    """One whole dataset of the attempt that succeeded, and nothing else, on disk and over HTTP."""
    folder = server.storage / "datasets" / name
    storage = Storage(str(server.storage))
    if job.state != "SUCCEEDED":
        wait_until(lambda: not folder.exists(), 20)
        with pytest.raises(NotFound):
            open_dataset(storage, name)
        return
    dataset = open_dataset(storage, name)
    assert dataset.manifest.folder.startswith(f"{job.id}-")
    wait_until(
        lambda: sorted(path.name for path in folder.iterdir()) == sorted([dataset.manifest.folder, "manifest.json"]), 20
    )
    named = {artifact.path for artifact in dataset.manifest.artifacts()}
    data = folder / dataset.manifest.folder
    assert {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()} == named
    for artifact in dataset.manifest.artifacts():
        dataset.checked(artifact)
    assert sum(split.rows for split in dataset.manifest.splits.values()) == ROWS
    assert httpx.get(f"{server.url}/v1/datasets/{name}", timeout=30).status_code == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_a_dataset_is_published_once_whole_or_not_at_all(preprocessing: Server, fault: str) -> None:
    lots = random.Random(fault)
    fingerprints: set[tuple[int, str]] = set()
    with Tandem(preprocessing.url) as tandem:
        for number in range(ROUNDS):
            name = f"{fault}-{number}".replace(" ", "-").lower()
            request = {
                "name": name,
                "source": {"format": "csv", "uris": ["rows.csv"]},
                "label": {"column": "y"},
                "records": ("none", "raw", "transformed")[number % 3],
                "partitions": 6,
            }
            job = tandem.create_dataset(request)
            wait_until(lambda job=job: tandem.job("preprocessing", job.id).state != "PENDING", 120, pause=0.02)
            time.sleep(lots.uniform(0, 2))
            FAULTS[fault](preprocessing)
            job = ended(tandem, "preprocessing", job)
            assert job.state == "SUCCEEDED", (fault, number, job.error)
            check_dataset(preprocessing, job, name)
            fingerprints.add((number % 3, open_dataset(Storage(str(preprocessing.storage)), name).manifest.fingerprint))
    assert len(fingerprints) == 3, "whatever was killed, the rows are the same"


@pytest.mark.parametrize("fault", ["engine", "keeper", "service", "stopped service"])
def test_a_training_publishes_one_version(preprocessing: Server, modeling: Server, fault: str) -> None:
    lots = random.Random(fault)
    model = f"m-{fault}".replace(" ", "-")
    storage = Storage(str(modeling.storage))
    with Tandem(preprocessing.url, modeling.url) as tandem:
        with suppress(Exception):
            request = {"name": "rows", "source": {"format": "csv", "uris": ["rows.csv"]}, "label": {"column": "y"}}
            tandem.wait(tandem.create_dataset(request))
        for number in range(1, ROUNDS + 1):
            training = {
                "model": model,
                "dataset": "rows",
                "network": {"kind": "linear"},
                "epochs": 2,
                "label": "newest",
            }
            job = tandem.train(training)
            wait_until(lambda job=job: tandem.job("modeling", job.id).state != "PENDING", 120, pause=0.02)
            time.sleep(lots.uniform(0, 4))
            FAULTS[fault](modeling)
            job = ended(tandem, "modeling", job)
            assert job.state == "SUCCEEDED", (fault, number, job.error)
            of_job = [n for n in version_numbers(storage, model) if read_manifest(storage, model, n).job == job.id]
            assert job.response is not None
            assert of_job == [job.response["version"]]
            with checked_folder(storage, read_manifest(storage, model, of_job[0])):
                pass
            folder = modeling.storage / "models" / model
            wait_until(lambda folder=folder: not list(folder.glob(".*")), 20)
            assert not list((modeling.root / "state" / "checkpoints").glob("*"))
        assert len(version_numbers(storage, model)) == ROUNDS
