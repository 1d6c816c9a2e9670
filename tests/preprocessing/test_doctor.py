from __future__ import annotations

from pathlib import Path

from preprocessing.doctor import java, spark
from preprocessing.settings import PreprocessingSettings


def test_java_is_there_and_spark_runs_a_task(tmp_path: Path) -> None:
    settings = PreprocessingSettings(storage=str(tmp_path / "storage"), state=str(tmp_path / "state"))
    assert java(settings).status == "ok"
    found = spark(settings)
    assert (found.status, "ran a task" in found.detail) == ("ok", True)
