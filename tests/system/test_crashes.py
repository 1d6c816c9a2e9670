"""Killed processes and cancelled jobs: the work is done all the same or leaves nothing, and nothing half-done was ever seen."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks import criteo
from tests.processes import descendants, wait_until, wait_until_gone
from tests.system.servers import Server

from contracts.dataset.published import list_datasets
from contracts.storage import Storage
from tandem.client import Tandem
from tandem.messages import Job

ROWS = 200_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server("preprocessing", tmp_path_factory.mktemp("crashes"))
    server.sources.mkdir(parents=True)
    criteo.write(server.sources / "clicks.tsv", rows=ROWS)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tandem(server: Server) -> Iterator[Tandem]:
    with Tandem(server.url) as client:
        yield client


def request(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"format": "tsv", "uris": ["clicks.tsv"]},
        "label": {"column": "label"},
        "records": "transformed",
        "partitions": 24,
    }


def is_writing(server: Server, name: str) -> bool:
    """Whether record files of the dataset are being written."""
    return any((server.storage / "datasets" / name).glob("*/staging/train-*.tfrecord"))


class Watch(threading.Thread):
    """Looks at the datasets all the time, as a reader would, and reads each one that it sees to the last byte."""

    def __init__(self, storage: Path) -> None:
        super().__init__(daemon=True)
        self.storage = Storage(str(storage))
        self.seen: set[str] = set()
        self.broken: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            for dataset in list_datasets(self.storage):
                if dataset.manifest.name in self.seen:
                    continue
                self.seen.add(dataset.manifest.name)
                try:
                    for artifact in [
                        dataset.manifest.statistics,
                        *dataset.manifest.shards,
                        *dataset.manifest.vocabularies.values(),
                    ]:
                        dataset.checked(artifact)
                except Exception as error:  # noqa: BLE001  whatever it is, a reader would have met it
                    self.broken.append(f"{dataset.manifest.name}: {error!r}")
            time.sleep(0.005)


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    watch = Watch(server.storage)
    watch.start()
    yield watch
    watch.stop.set()
    watch.join()
    assert watch.broken == []


def check_whole(server: Server, job: Job, name: str) -> None:
    folders = [path.name for path in (server.storage / "datasets" / name).iterdir() if path.is_dir()]
    assert folders == [f"{job.id}-{job.attempt}"], "only the attempt that succeeded has left files"
    assert not (server.storage / "datasets" / name / folders[0] / "staging").exists()
    assert job.response is not None
    assert sum(job.response["rows"].values()) == ROWS


def test_a_killed_engine_costs_an_attempt_and_nothing_else(server: Server, tandem: Tandem, watch: Watch) -> None:
    job = tandem.create_dataset(request("engine-killed"))
    wait_until(lambda: is_writing(server, "engine-killed"), pause=0.02)
    server.engine().kill()
    assert "engine-killed" not in watch.seen
    job = tandem.wait(job)
    assert job.attempt == 2
    check_whole(server, job, "engine-killed")
    wait_until(lambda: "engine-killed" in watch.seen)


def test_cancel_ends_a_running_job_within_five_seconds(server: Server, tandem: Tandem, watch: Watch) -> None:
    job = tandem.create_dataset(request("cancelled"))
    wait_until(lambda: is_writing(server, "cancelled"), pause=0.02)
    asked = time.monotonic()
    tandem.cancel(job)
    wait_until(lambda: tandem.job("preprocessing", job.id).done)
    took = time.monotonic() - asked
    assert tandem.job("preprocessing", job.id).state == "CANCELLED"
    assert took < 5
    wait_until(lambda: not (server.storage / "datasets" / "cancelled").exists())
    time.sleep(1)
    assert not (server.storage / "datasets" / "cancelled").exists(), "no straggler brought the folder back"
    assert "cancelled" not in watch.seen


def test_a_job_past_its_timeout_fails_and_leaves_nothing(server: Server, tandem: Tandem, watch: Watch) -> None:
    job = tandem.create_dataset(request("late") | {"timeout": 0.8})
    wait_until(lambda: tandem.job("preprocessing", job.id).done)
    late = tandem.job("preprocessing", job.id)
    assert late.state == "FAILED"
    assert late.error is not None
    assert (late.error["title"], late.error["errors"][0]["pointer"]) == ("Deadline exceeded", "/timeout")
    wait_until(lambda: not (server.storage / "datasets" / "late").exists())
    time.sleep(1)
    assert not (server.storage / "datasets" / "late").exists(), "no straggler brought the folder back"
    assert "late" not in watch.seen
    job = tandem.wait(tandem.create_dataset(request("late") | {"timeout": 600}))
    check_whole(server, job, "late")


def test_a_killed_service_finishes_the_job_after_its_restart(server: Server, tandem: Tandem, watch: Watch) -> None:
    job = tandem.create_dataset(request("service-killed"))
    wait_until(lambda: is_writing(server, "service-killed"), pause=0.02)
    engine = server.engine()
    server.kill()
    wait_until(lambda: not engine.is_running())
    assert "service-killed" not in watch.seen
    nobodys = server.storage / "datasets" / "nobodys" / f"{'0' * 32}-1"
    nobodys.mkdir(parents=True)
    os.utime(nobodys, (1, 1))
    server.start()
    wait_until(lambda: not nobodys.parent.exists())
    job = tandem.wait(job)
    assert job.attempt == 2
    check_whole(server, job, "service-killed")


def test_a_dead_jvm_costs_an_attempt_and_nothing_else(server: Server, tandem: Tandem) -> None:
    assert server.process is not None
    (java,) = descendants(server.process.pid, "/bin/java ")
    workers = [process.pid for process in descendants(java.pid)]
    assert workers
    java.kill()
    (server.sources / "few.csv").write_text("y,x\n" + "".join(f"{i % 2},{i}\n" for i in range(50)))
    request = {"name": "few", "source": {"format": "csv", "uris": ["few.csv"]}, "label": {"column": "y"}}
    job = tandem.wait(tandem.create_dataset(request))
    assert job.attempt == 2
    wait_until_gone(workers)


@pytest.mark.parametrize("victim", ["worker", "daemon"])
def test_a_killed_python_worker_costs_an_attempt_and_leaves_no_other_behind(
    server: Server, tandem: Tandem, watch: Watch, victim: str
) -> None:
    assert server.process is not None
    name = f"{victim}-killed"
    job = tandem.create_dataset(request(name))
    wait_until(lambda: is_writing(server, name), pause=0.02)
    daemon, *workers = descendants(server.process.pid, "preprocessing.spark.worker_daemon")
    (workers[0] if victim == "worker" else daemon).kill()
    wait_until_gone([process.pid for process in (daemon, *workers)])
    job = tandem.wait(job)
    assert job.attempt == 2
    check_whole(server, job, name)
