"""An archive of the classes that Spark's driver loads, with which its JVM starts in half the time.

    python -m preprocessing.spark.class_archive

A JVM reads, verifies and links some 20,000 classes before Spark's first task runs. Class data sharing (JEP 310, JEP 350) maps
them from a file that an earlier run has written. The file (150 MB) belongs to one environment: to its Java, and to the paths
and dates of Spark's jars. A JVM to which it does not belong ignores it.
"""

# pyspark's types are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.java import CLASS_ARCHIVE, java_program
from preprocessing.spark.session import start_session

_SECONDS = 300


def make_archive(archive: Path = CLASS_ARCHIVE) -> None:
    """Start Spark once, run a query, and write the archive of all classes that were loaded.

    Raises `RuntimeError` where the JVM wrote none.
    """
    archive.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        java = java_program(Path(scratch))
        base = _base_options(java, archive.with_name("java-classes.jsa"))
        written = archive.with_name(f".{archive.name}.{os.getpid()}")
        options = [*base, f"-XX:ArchiveClassesAtExit={written}", "-Xlog:disable"]
        settings = PreprocessingSettings(
            state=scratch, spark_master="local[2]", spark_options={"spark.driver.extraJavaOptions": " ".join(options)}
        )
        _run_spark(settings)
    if not written.exists():
        raise RuntimeError(f"this Java wrote no archive of classes: {java}")
    written.replace(archive)


def _run_spark(settings: PreprocessingSettings) -> None:
    """Run what every dataset job runs, and wait for the JVM, which writes the archive as it ends."""
    session = start_session(settings)
    session.range(8).selectExpr("id > 3 AND id IS NOT NULL AS label", "CAST(id AS STRING) AS text").collect()
    context = cast("Any", session.sparkContext)
    process: subprocess.Popen[bytes] = context._gateway.proc  # noqa: SLF001  nothing else knows the JVM's process
    session.stop()
    assert process.stdin is not None
    process.stdin.close()
    process.wait(_SECONDS)


def _base_options(java: str, base: Path) -> list[str]:
    """Return the options that name an archive of Java's own classes: none where Java has one, as most installations do."""
    if subprocess.run([java, "-Xshare:on", "-version"], capture_output=True, check=False).returncode == 0:
        return []
    option = f"-XX:SharedArchiveFile={base}"
    subprocess.run([java, "-Xshare:dump", option, "-Xlog:disable"], capture_output=True, check=True)
    return [option]


if __name__ == "__main__":
    make_archive()
