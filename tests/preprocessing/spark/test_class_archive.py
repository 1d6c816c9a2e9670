"""The archive of Spark's classes: written by a real run, mapped by a real JVM, and ignored where it does not fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from preprocessing.spark.java import class_archive_options, java_program


def test_without_an_archive_the_jvm_gets_no_option(tmp_path: Path) -> None:
    assert class_archive_options(tmp_path / "absent.jsa") == []


def test_an_archive_that_does_not_fit_is_ignored_without_a_word(tmp_path: Path) -> None:
    archive = tmp_path / "of another Java.jsa"
    archive.write_bytes(b"classes of another Java" * 1000)
    run = subprocess.run(
        [java_program(tmp_path), *class_archive_options(archive), "-version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "archive" not in (run.stdout + run.stderr).casefold()


@pytest.mark.long
def test_a_session_maps_the_classes_that_an_earlier_one_wrote(tmp_path: Path) -> None:
    archive = tmp_path / "spark-classes.jsa"
    program = (
        "from pathlib import Path; from preprocessing.spark.class_archive import make_archive; "
        f"make_archive(Path({str(archive)!r}))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    log = tmp_path / "classes.log"
    options = f"-XX:SharedArchiveFile={archive} -Xlog:class+load=info:file={log}"
    program = (
        "from preprocessing.settings import PreprocessingSettings; from preprocessing.spark.session import start_session; "
        f"start_session(PreprocessingSettings(state={str(tmp_path)!r}, "
        f"spark_options={{'spark.driver.extraJavaOptions': {options!r}}})).stop()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    contexts = [line for line in log.read_text().splitlines() if "org.apache.spark.SparkContext " in line]
    assert contexts
    assert all("shared objects file (top)" in line for line in contexts)
