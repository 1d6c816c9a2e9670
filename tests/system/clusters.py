"""Real Spark services from the pyspark package, on loopback: a standalone master with its workers, and a Spark Connect server."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyspark
from tests.processes import descendants
from tests.starting import wait_for_start
from tests.system.servers import free_port

from preprocessing.spark.java import java_home

SPARK_HOME = Path(pyspark.__file__).parent


@dataclass
class SparkProcess:
    """One JVM of Spark's."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, words: str) -> None:
        """Until the log says so."""
        wait_for_start(self.process, lambda: (words in self.log.read_text(errors="replace"), words), self.log)

    def kill(self) -> None:
        """As `kill -9` of it and of all that it started, such as a worker's executors and their Python."""
        for process in descendants(self.process.pid):
            with suppress(psutil.Error):
                process.kill()
        self.process.kill()
        self.process.wait()


def bare_python(folder: Path) -> Path:
    """A Python with everything that this one has but our own packages: what the executors of a cluster are expected to have."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    inside = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    # A folder that a .pth file names is only put on the path: the .pth files in it, which lead to our sources, stay unread.
    (Path(inside) / "others.pth").write_text(sysconfig.get_path("purelib"))
    found = subprocess.run(
        [str(python), "-c", "import numba, pyspark, preprocessing"], check=False, capture_output=True, text=True
    )
    assert "No module named 'preprocessing'" in found.stderr
    return python


def start(command: Sequence[str], root: Path, name: str, python: Path, **environment: str) -> SparkProcess:
    home = java_home(root)
    log = root / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(SPARK_HOME / "bin" / command[0]), *command[1:]],
            env=os.environ
            | {"SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": str(python)}
            | ({"JAVA_HOME": home} if home else {})
            | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=root,
        )
    return SparkProcess(process, log)


@dataclass
class Standalone:
    """A master and its workers, one core each."""

    url: str
    master: SparkProcess
    workers: list[SparkProcess]


@contextmanager
def standalone(root: Path, python: Path, workers: int = 2) -> Generator[Standalone]:
    port = free_port()
    small = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false"}
    words = ["spark-class", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--webui-port", "0"]
    cluster = Standalone(
        f"spark://127.0.0.1:{port}", start([*words, "--port", str(port)], root, "master", python, **small), []
    )
    try:
        cluster.master.wait_for("New state: ALIVE")
        for number in range(workers):
            words = ["spark-class", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0"]
            words += ["--cores", "1", "--memory", "1g", "--work-dir", str(root / f"work-{number}"), cluster.url]
            cluster.workers.append(start(words, root, f"worker-{number}", python, **small))
        for worker in cluster.workers:
            worker.wait_for("Successfully registered with master")
        yield cluster
    finally:
        for process in [*cluster.workers, cluster.master]:
            process.kill()


@contextmanager
def connect_server(root: Path, python: Path) -> Generator[str]:
    """Its address."""
    port = free_port()
    words = ["spark-submit", "--master", "local[2]", "--driver-memory", "512m"]
    words += [
        "--conf",
        f"spark.connect.grpc.binding.port={port}",
        "--conf",
        "spark.connect.grpc.binding.address=127.0.0.1",
    ]
    words += ["--conf", "spark.ui.enabled=false", "--conf", f"spark.local.dir={root}"]
    words += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    server = start(words, root, "connect", python)
    try:
        server.wait_for("Spark Connect server started at")
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.kill()
