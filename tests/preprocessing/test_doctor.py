"""The checks in a process of their own: they stop the session that they start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from preprocessing.doctor import java
from preprocessing.settings import PreprocessingSettings


def test_java_of_this_machine_is_named(tmp_path: Path) -> None:
    settings = PreprocessingSettings(storage=str(tmp_path / "storage"), state=str(tmp_path / "state"))
    assert java(settings).status == "ok"


def test_spark_runs_a_task(tmp_path: Path) -> None:
    code = (
        "from preprocessing.doctor import PreprocessingSettings, spark\n"
        "found = spark(PreprocessingSettings())\n"
        "print(); print(found.status, found.detail)\n"
    )
    places = {"TANDEM_STORAGE": str(tmp_path / "storage"), "TANDEM_STATE": str(tmp_path / "state")}
    child = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert child.stdout.splitlines()[-1].startswith("ok Spark"), child.stderr[-2000:]
