"""The engine: which errors fail a job, and which mean that its process is of no more use."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest

from chassis.engine.engine import JobContext
from contracts.errors import NotFound
from preprocessing.engine import SparkEngine, create
from preprocessing.settings import PreprocessingSettings

BODY: dict[str, Any] = {
    "name": "d",
    "source": {"format": "csv", "uris": ["d.csv"]},
    "label": {"column": "y"},
}


class Gone:
    """A session whose JVM has died: whatever is asked of it fails."""

    def range(self, *_: object) -> NoReturn:
        raise ConnectionRefusedError("no JVM")


@pytest.fixture
def settings(tmp_path: Path) -> PreprocessingSettings:
    (tmp_path / "sources").mkdir()
    return PreprocessingSettings(storage=str(tmp_path / "storage"), source_roots=[str(tmp_path / "sources")])


def orphan(settings: PreprocessingSettings) -> SparkEngine:
    made = SparkEngine(settings)
    made.session = Gone()  # pyright: ignore[reportAttributeAccessIssue]
    return made


def test_an_engine_is_made_of_the_settings_json(settings: PreprocessingSettings) -> None:
    made = create(settings.model_dump_json())
    assert isinstance(made, SparkEngine)
    assert made.settings == settings
    made.close()  # nothing is started before it is warm


def test_an_unknown_kind_of_job_is_refused_before_spark_starts(settings: PreprocessingSettings) -> None:
    made = SparkEngine(settings)
    with pytest.raises(ValueError, match=r"dataset.*Received: 'training'"):
        made.run("training", BODY, JobContext.alone())
    assert made.session is None


def test_an_error_of_the_request_fails_the_job_alone(settings: PreprocessingSettings) -> None:
    with pytest.raises(NotFound, match=r"d\.csv"):
        orphan(settings).run("dataset", BODY, JobContext.alone())


def test_a_job_whose_jvm_died_ends_its_process(
    settings: PreprocessingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(settings.source_roots[0]) / "d.csv").write_text("y,x\n0,1\n1,2\n")
    with pytest.raises(SystemExit, match="the JVM is gone"):
        orphan(settings).run("dataset", BODY, JobContext.alone())
    assert "no JVM" in capsys.readouterr().err
    assert not list((Path(settings.storage) / "datasets").glob("*/*")), "nothing of the attempt is left"


def test_a_fault_on_a_session_that_lives_is_raised(engine: SparkEngine, sources: Path) -> None:
    (sources / "faulty.csv").write_text("y,x\n" + "".join(f"{i % 2},{i}\n" for i in range(40)))

    def fail(report: dict[str, Any]) -> None:
        if report["phase"] == "merge":
            raise ZeroDivisionError("a bug")

    context = JobContext("faulty", 1, tell=fail, ask_fence=lambda: "go")
    with pytest.raises(ZeroDivisionError):
        engine.run("dataset", {**BODY, "name": "faulty", "source": {"format": "csv", "uris": ["faulty.csv"]}}, context)
