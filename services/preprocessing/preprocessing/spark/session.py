"""The Spark session: embedded, on a cluster, or behind a Spark Connect server, by the settings.

Embedded, Spark runs inside the engine's process. On a cluster (`spark://…`, `yarn`, `k8s://…`) only its driver does; over
Spark Connect (`sc://…`) not even the driver does, so that no Java is needed here. Executors of the latter two receive our
packages. No other module depends on which of the three is used.
"""

# pyspark's types are incomplete where functions over Arrow batches are concerned.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Any, cast

from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.java import class_archive_options, java_home
from preprocessing.spark.packages import pack
from preprocessing.spark.warm_up import warm_kernels, warm_worker

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_NAME = "tandem-preprocessing"

_EVERYWHERE = {
    "spark.sql.runSQLOnFiles": "false",  # an expression must not name files
    "spark.sql.adaptive.enabled": "false",  # every query here is one stage of exactly the parts that it was given
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "32768",
}
"""SQL options alone, so that a session over Spark Connect can set them too."""

_DRIVER_HERE = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.python.unix.domain.socket.enabled": "true",
    "spark.python.daemon.module": "preprocessing.spark.worker_daemon",
}

_ROWS_TO_WARM = 1 << 16
"""Rows of the query that warms workers: more than a cluster has cores, since Spark makes one partition per core."""


def start_session(settings: PreprocessingSettings) -> SparkSession:
    """Start or return the session; the first call in a process starts the JVM, or connects.

    Raises `ValueError` for an invalid remote address.
    """
    if settings.spark_remote is not None:
        return _with_packages(_connect(settings, settings.spark_remote))
    session = _start(settings)
    return _warm(session) if _is_embedded(settings) else _with_packages(session)


def session_beyond_jobs(session: SparkSession, settings: PreprocessingSettings) -> SparkSession:
    """Return another session with the same options: what interrupts the work of one leaves that of the other alone."""
    copied = cast("Any", session)
    return cast("SparkSession", copied.newSession() if settings.spark_remote is None else copied.cloneSession())


def _with_packages(session: SparkSession) -> SparkSession:
    """Send our packages to the executors, with the kernels compiled for this machine."""
    warm_kernels()
    with TemporaryDirectory() as scratch:
        session.addArtifacts(*pack(Path(scratch)), archive=True)
        return _warm(session)


def _is_embedded(settings: PreprocessingSettings) -> bool:
    return settings.spark_remote is None and settings.spark_master.partition("[")[0] == "local"


def _start(settings: PreprocessingSettings) -> SparkSession:
    """Start a session whose driver is in this process."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  the API process imports this module's names, not Spark

    home = java_home(Path(settings.state))
    if home is not None:
        os.environ["JAVA_HOME"] = home
    temporary = gettempdir()  # the engine's own, which the service removes even when the engine crashes
    options = {
        **_EVERYWHERE,
        **_DRIVER_HERE,
        "spark.driver.memory": settings.spark_driver_memory,
        "spark.driver.extraJavaOptions": " ".join([f"-Djava.io.tmpdir={temporary}", *class_archive_options()]),
        "spark.sql.warehouse.dir": str(Path(settings.state).absolute() / "spark-warehouse"),
    }
    if _is_embedded(settings):
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
        options |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.local.dir": temporary,
        }
    builder = cast("Any", SparkSession.builder).appName(_NAME).master(settings.spark_master)
    for name, value in (options | settings.spark_options).items():
        builder = builder.config(name, value)
    session = cast("SparkSession", builder.getOrCreate())
    session.sparkContext.setLogLevel("WARN")  # only a driver in this process logs into our job logs
    return session


def _connect(settings: PreprocessingSettings, remote: str) -> SparkSession:
    """Connect to a Spark Connect server, which has a driver of its own."""
    os.environ.pop("SPARK_REMOTE", None)  # pyspark reads it too, and refuses a session that is asked for twice
    # It prints each error that is raised anyway, with the server's stack.
    logging.getLogger("SQLQueryContextLogger").disabled = True
    from pyspark.sql import SparkSession  # noqa: PLC0415  the API process has no Spark

    builder = cast("Any", SparkSession.builder).remote(remote)
    for name, value in (_EVERYWHERE | settings.spark_options).items():
        builder = builder.config(name, value)
    return cast("SparkSession", builder.getOrCreate())


def _warm(session: SparkSession) -> SparkSession:
    """Have one worker per core import the modules that tasks need, and load the kernels."""
    session.range(_ROWS_TO_WARM).mapInArrow(warm_worker, "rows bigint").collect()
    return session
