"""One job, on Spark embedded, on a standalone cluster and over Spark Connect: the same dataset, the same errors, the same end.

The executors' Python has none of our packages.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks import criteo
from tests.processes import descendants
from tests.system.clusters import Standalone, bare_python, connect_server, standalone
from tests.system.servers import Server

from contracts.dataset.published import Dataset, open_dataset
from contracts.storage import Storage
from tandem.client import Tandem
from tandem.errors import JobCancelled, JobFailed
from tandem.messages import Job

DRIVER = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "512m",
}
ROWS = 30_000


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare_python(tmp_path_factory.mktemp("python") / "bare")


@pytest.fixture
def clicks(tmp_path: Path) -> Path:
    """A server's root, with a source in it."""
    sources = tmp_path / "sources"
    sources.mkdir()
    criteo.write(sources / "clicks.tsv", rows=ROWS)
    return tmp_path


def body(name: str, records: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"format": "tsv", "uris": ["clicks.tsv"]},
        "label": {"expression": "label = 1 AND (I1 > 0 OR I1 IS NULL)"},
        "records": records,
        "partitions": 12,
        **more,
    }


def check_all(tandem: Tandem, server: Server, make_dataset: Callable[..., Dataset]) -> None:
    """What each kind of cluster must do: the same datasets, an error that comes back whole, a cancel that ends a job."""
    content = (server.sources / "clicks.tsv").read_bytes()
    fingerprints: set[str] = set()
    for records in ("raw", "transformed"):
        made = tandem.wait(tandem.create_dataset(body(records, records)))
        assert made.response is not None
        fingerprints.add(made.response["fingerprint"])
    here = body("unused", "raw")
    embedded = make_dataset(
        content, label=here["label"], source={"format": "tsv", "uris": [f"{server.root.name}.tsv"]}, partitions=3
    )
    assert fingerprints == {embedded.manifest.fingerprint}

    with pytest.raises(JobFailed, match="column 'C1'") as caught:
        tandem.wait(tandem.create_dataset(body("wrong", "raw", features={"C1": {"kind": "numeric", "dtype": "int64"}})))
    assert caught.value.problem.errors[0].pointer == "/features/C1"
    with pytest.raises(JobFailed, match="DIVIDE_BY_ZERO"):
        tandem.wait(tandem.create_dataset(body("zero", "raw", label={"expression": "1 / (label - 1) > 0"})))

    job = tandem.create_dataset(body("cancelled", "transformed", partitions=40))
    wait_for_tasks(tandem, job, 2)
    tandem.cancel(job)
    begun = time.monotonic()
    with pytest.raises(JobCancelled):
        tandem.wait(job)
    assert time.monotonic() - begun < 5
    assert sorted(path.name for path in (server.storage / "datasets").iterdir()) == ["raw", "transformed"]


def wait_for_tasks(tandem: Tandem, job: Job, count: int) -> None:
    """Until so many tasks of the job's second phase or a later one are done."""
    for seen in tandem.follow(job):
        progress = seen.progress
        assert not seen.done
        if progress.phase not in {"plan", "evaluate"} and (progress.completed_tasks or 0) >= count:
            return


@pytest.fixture
def cluster(tmp_path: Path, python: Path) -> Iterator[Standalone]:
    with standalone(tmp_path, python) as cluster:
        yield cluster


@pytest.fixture
def server(clicks: Path, cluster: Standalone, python: Path) -> Iterator[Server]:
    server = Server("preprocessing", clicks)
    try:
        yield server.start(
            TANDEM_SPARK_MASTER=cluster.url,
            TANDEM_SPARK_OPTIONS=json.dumps(DRIVER | {"spark.pyspark.python": str(python)}),
        )
    finally:
        server.stop()


def test_a_standalone_cluster_makes_the_same_dataset(
    server: Server, cluster: Standalone, make_dataset: Callable[..., Dataset]
) -> None:
    with Tandem(server.url) as tandem:
        check_all(tandem, server, make_dataset)
    for worker in cluster.workers:
        assert "Asked to launch executor" in worker.log.read_text()


def test_spark_connect_makes_the_same_dataset(clicks: Path, python: Path, make_dataset: Callable[..., Dataset]) -> None:
    server = Server("preprocessing", clicks)
    with connect_server(clicks, python) as address:
        try:
            server.start(SPARK_REMOTE=address, JAVA_HOME="/nowhere", PATH="/nowhere")
            with Tandem(server.url) as tandem:
                check_all(tandem, server, make_dataset)
        finally:
            server.stop()


@pytest.mark.long
def test_a_killed_worker_costs_nothing_but_time(
    server: Server, cluster: Standalone, make_dataset: Callable[..., Dataset]
) -> None:
    with Tandem(server.url) as tandem:
        job = tandem.create_dataset(body("survivor", "transformed", partitions=30))
        wait_for_tasks(tandem, job, 5)
        lost = cluster.workers[0]
        assert descendants(lost.process.pid, "CoarseGrainedExecutorBackend")
        lost.kill()
        assert not tandem.job("preprocessing", job.id).done
        made = tandem.wait(job)
    assert made.response is not None
    assert made.attempt == 1
    here = body("unused", "raw")
    source = {"format": "tsv", "uris": [f"{server.root.name}.tsv"]}
    embedded = make_dataset((server.sources / "clicks.tsv").read_bytes(), label=here["label"], source=source)
    assert made.response["fingerprint"] == embedded.manifest.fingerprint
    assert sum(made.response["rows"].values()) == sum(split.rows for split in embedded.manifest.splits.values())
    survivor = open_dataset(Storage(str(server.storage)), "survivor")
    data = server.storage / survivor.folder.path
    kept = {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()}
    assert kept == {artifact.path for artifact in survivor.manifest.artifacts()}, "nothing of tasks that were lost"
