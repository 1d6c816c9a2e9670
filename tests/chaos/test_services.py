"""The same faults in the real services, with Spark and TensorFlow at work: see `harness` for the oracle."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Generator
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.chaos.harness import ROUNDS
from tests.chaos.test_disks import REASONS, full, read_only, vanished
from tests.disks import MAY_MOUNT, SmallDisk, needs_mounts, small_disk
from tests.processes import descendants, wait_until, wait_until_gone
from tests.system.servers import Server

from contracts.dataset.published import open_dataset
from contracts.errors import NotFound
from contracts.storage import Storage
from modeling.batch_prediction.repository import read_predictions
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
def disk(root: Path) -> Generator[SmallDisk | None]:
    """The disk of the storage; None where none can be mounted."""
    with small_disk(root / "storage", megabytes=4096) if MAY_MOUNT else nullcontext() as disk:
        yield disk


@pytest.fixture(scope="module")
def preprocessing(root: Path, disk: SmallDisk | None) -> Generator[Server]:
    server = Server("preprocessing", root)
    server.start(**LEASE)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def modeling(root: Path, disk: SmallDisk | None) -> Generator[Server]:
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
    wait_until_gone(below, 240)
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


def ended(tandem: Tandem, job: Job) -> Job:
    def state() -> Job | None:
        with suppress(Exception):  # the service may be away, in ways that the client tells by errors of its own
            latest = tandem.job(job.service, job.id)
            return latest if latest.done else None
        return None

    return wait_until(state, 600, pause=0.1)


def check_dataset(server: Server, job: Job, name: str) -> None:
    """Check that there is one whole dataset of the attempt that succeeded, and nothing else, on disk and over HTTP."""
    folder = server.storage / "datasets" / name
    storage = Storage(str(server.storage))
    if job.state != "SUCCEEDED":
        wait_until(lambda: not folder.exists())
        with pytest.raises(NotFound):
            open_dataset(storage, name)
        return
    dataset = open_dataset(storage, name)
    assert dataset.manifest.folder.startswith(f"{job.id}-")
    names = sorted([dataset.manifest.folder, "manifest.json"])
    wait_until(lambda: sorted(path.name for path in folder.iterdir()) == names)
    artifacts = {artifact.path for artifact in dataset.manifest.artifacts()}
    data = folder / dataset.manifest.folder
    assert {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()} == artifacts
    for artifact in dataset.manifest.artifacts():
        dataset.checked(artifact)
    assert sum(split.rows for split in dataset.manifest.splits.values()) == ROWS
    assert httpx.get(f"{server.url}/v1/datasets/{name}", timeout=30).status_code == 200


def check_version(server: Server, job: Job, model: str) -> None:
    """Check that the job has published one whole version, or none, and has left nothing else."""
    storage = Storage(str(server.storage))
    numbers = version_numbers(storage, model)
    of_job = [number for number in numbers if read_manifest(storage, model, number).job == job.id]
    assert of_job == ([] if job.response is None else [job.response["version"]])
    for number in of_job:
        with checked_folder(storage, read_manifest(storage, model, number)):
            pass
    folder = server.storage / "models" / model
    wait_until(lambda: not list(folder.glob(".*")))
    assert folder.exists() == bool(numbers)
    wait_until(lambda: not list((server.root / "state" / "checkpoints").glob("*")))


def check_predictions(server: Server, job: Job, name: str) -> None:
    """Check that the job has published all its predictions, or none, and has left nothing else."""
    folder = server.storage / "predictions" / name
    if job.state != "SUCCEEDED":
        wait_until(lambda: not folder.exists())
        return
    predictions = read_predictions(Storage(str(server.storage)), name)
    files = {"manifest.json", *(Path(file.path).name for file in predictions.files)}
    wait_until(lambda: {path.name for path in folder.rglob("*") if path.is_file()} == files)
    assert (predictions.job, predictions.rows) == (job.id, ROWS)


def wait_until_running(tandem: Tandem, job: Job) -> None:
    wait_until(lambda: tandem.job(job.service, job.id).state != "PENDING", 600, pause=0.02)


def dataset_request(name: str, number: int = 0) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"format": "csv", "uris": ["rows.csv"]},
        "label": {"column": "y"},
        "records": ("none", "raw", "transformed")[number % 3],
        "partitions": 6,
    }


def training_request(model: str) -> dict[str, Any]:
    return {"model": model, "dataset": "rows", "network": {"kind": "linear"}, "epochs": 2, "label": "newest"}


@pytest.fixture(scope="module")
def tandem(preprocessing: Server, modeling: Server) -> Generator[Tandem]:
    """A client of both services, where dataset `rows` and model `m` are."""
    with Tandem(preprocessing.url, modeling.url) as tandem:
        tandem.wait(tandem.create_dataset(dataset_request("rows")))
        tandem.wait(tandem.train(training_request("m")))
        yield tandem


@pytest.mark.parametrize("fault", FAULTS)
def test_a_dataset_is_published_once_whole_or_not_at_all(preprocessing: Server, fault: str) -> None:
    lots = random.Random(fault)
    fingerprints: set[tuple[int, str]] = set()
    with Tandem(preprocessing.url) as tandem:
        for number in range(ROUNDS):
            name = f"{fault}-{number}".replace(" ", "-").lower()
            job = tandem.create_dataset(dataset_request(name, number))
            wait_until_running(tandem, job)
            time.sleep(lots.uniform(0, 2))
            FAULTS[fault](preprocessing)
            job = ended(tandem, job)
            assert job.state == "SUCCEEDED", (fault, number, job.error)
            check_dataset(preprocessing, job, name)
            fingerprints.add((number % 3, open_dataset(Storage(str(preprocessing.storage)), name).manifest.fingerprint))
    assert len(fingerprints) == min(ROUNDS, 3), "whatever was killed, the rows are the same"


@pytest.mark.parametrize("fault", ["engine", "keeper", "service", "stopped service"])
def test_a_training_publishes_one_version(modeling: Server, tandem: Tandem, fault: str) -> None:
    lots = random.Random(fault)
    model = f"m-{fault}".replace(" ", "-")
    for _ in range(ROUNDS):
        job = tandem.train(training_request(model))
        wait_until_running(tandem, job)
        time.sleep(lots.uniform(0, 4))
        FAULTS[fault](modeling)
        job = ended(tandem, job)
        assert job.state == "SUCCEEDED", (fault, job.error)
        check_version(modeling, job, model)
    assert len(version_numbers(Storage(str(modeling.storage)), model)) == ROUNDS


@pytest.mark.parametrize("fault", ["engine", "keeper", "service", "stopped service"])
def test_predictions_of_files_are_published_once(modeling: Server, tandem: Tandem, fault: str) -> None:
    lots = random.Random(fault)
    for number in range(ROUNDS):
        name = f"{fault}-{number}".replace(" ", "-")
        job = tandem.predict_files(batch_request(name))
        wait_until_running(tandem, job)
        time.sleep(lots.uniform(0, 0.7))
        FAULTS[fault](modeling)
        job = ended(tandem, job)
        assert job.state == "SUCCEEDED", (fault, number, job.error)
        check_predictions(modeling, job, name)


def batch_request(name: str) -> dict[str, Any]:
    source = {"format": "csv", "uris": ["rows.csv"]}
    return {"name": name, "model": "m", "version": 1, "source": source, "batch_size": 64}


DISK_FAULTS = {
    "full": partial(full, spares=[0, 1 << 12, 1 << 15, 1 << 17, 1 << 19]),
    "read-only": read_only,
    "vanished": vanished,
}


@needs_mounts
@pytest.mark.parametrize("kind", ["dataset", "training", "batch-prediction"])
@pytest.mark.parametrize("fault", DISK_FAULTS)
def test_a_job_on_a_disk_that_fails(
    preprocessing: Server, modeling: Server, tandem: Tandem, disk: SmallDisk, fault: str, kind: str
) -> None:
    """It succeeds, or fails with the reason, and then succeeds once the disk is well again."""
    lots = random.Random(f"{fault} {kind}")
    for number in range(ROUNDS):
        name = f"disk-{fault}-{number}"

        def start(name: str = name, number: int = number) -> Job:
            if kind == "dataset":
                return tandem.create_dataset(dataset_request(name, number))
            if kind == "training":
                return tandem.train(training_request(name))
            return tandem.predict_files(batch_request(name))

        def check(job: Job, name: str = name) -> None:
            if kind == "dataset":
                check_dataset(preprocessing, job, name)
            elif kind == "training":
                check_version(modeling, job, name)
            else:
                check_predictions(modeling, job, name)

        job = start()
        wait_until_running(tandem, job)
        time.sleep(lots.uniform(0, {"dataset": 1.5, "training": 4, "batch-prediction": 0.7}[kind]))
        with DISK_FAULTS[fault](disk, lots):
            time.sleep(lots.uniform(0.2, 4))
        job = ended(tandem, job)
        check(job)
        if job.state != "SUCCEEDED":
            assert job.state == "FAILED"
            assert job.error is not None
            assert REASONS.get(job.error["type"]) == job.error["status"], job.error
            job = ended(tandem, start())
            assert job.state == "SUCCEEDED", job.error
            check(job)
    disk.vanish()
    assert [path for path in disk.path.rglob("*") if path.is_file()] == [], "written in the place of the disk"
    disk.come_back()
