"""The service's kinds of jobs: what is tidied up and swept of a dataset that did not come to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.preprocessing.described import manifest_of, publish, statistics_of

from chassis.jobs.job import Job, Progress, State
from contracts.errors import Unavailable
from contracts.schema import Numeric
from contracts.storage import Storage
from preprocessing.job_kinds import DATASET, KINDS
from preprocessing.settings import PreprocessingSettings

JOB, OTHER = "0" * 32, "1" * 32


@pytest.fixture
def settings(tmp_path: Path) -> PreprocessingSettings:
    return PreprocessingSettings(storage=str(tmp_path / "storage"), state=str(tmp_path / "state"))


def job(name: str) -> Job:
    return Job(
        id=JOB,
        kind="dataset",
        state=State.FAILED,
        attempt=2,
        failures=2,
        create_time=0.0,
        update_time=0.0,
        start_time=None,
        progress=Progress(),
        request={"name": name},
    )


def attempt(settings: PreprocessingSettings, name: str) -> Path:
    folder = Path(settings.storage) / "datasets" / "d" / name
    folder.mkdir(parents=True)
    (folder / "half.tfrecord").write_bytes(b"half")
    return folder


def published(settings: PreprocessingSettings, folder: str) -> Path:
    features: dict[str, Any] = {"x": Numeric(dtype="float64")}
    statistics = statistics_of({"train": {"x": [1.0], "label": [1.0]}}, features)
    storage = Storage(settings.storage)
    publish(storage, manifest_of("d", statistics, features, folder=folder), statistics)
    return Path(settings.storage) / "datasets" / "d" / folder


def test_a_failed_job_leaves_nothing(settings: PreprocessingSettings) -> None:
    mine, theirs = [attempt(settings, f"{JOB}-{number}") for number in (1, 2)], attempt(settings, f"{OTHER}-1")
    for _ in range(2):
        KINDS.tidy_up(settings, job("d"))
        assert not any(folder.exists() for folder in mine)
        assert theirs.exists()


def test_what_the_job_has_published_stays(settings: PreprocessingSettings) -> None:
    half = attempt(settings, f"{JOB}-1")
    whole = published(settings, f"{JOB}-2")
    KINDS.tidy_up(settings, job("d"))
    assert (half.exists(), whole.exists()) == (False, True)


def test_a_job_that_has_published_has_succeeded_with_what_it_published(settings: PreprocessingSettings) -> None:
    attempt(settings, f"{JOB}-2")
    assert KINDS.settle(settings, job("d")) is None
    published(settings, f"{JOB}-1")
    response = KINDS.settle(settings, job("d"))
    assert response is not None
    assert (response["dataset"], response["rows"]) == ("d", {"train": 1})


def test_a_storage_that_has_dropped_does_not_tell_what_was_published(settings: PreprocessingSettings) -> None:
    published(settings, f"{JOB}-1")
    fenced = replace(job("d"), may_have_published=True)
    mounted = Path(settings.storage)
    dropped = mounted.rename(mounted.with_name("dropped"))
    for make_mount_point in (lambda: None, mounted.mkdir):
        make_mount_point()
        with pytest.raises(Unavailable, match=r"no folder 'datasets', as when a mount drops"):
            KINDS.settle(settings, fenced)
    mounted.rmdir()
    dropped.rename(mounted)
    assert KINDS.settle(settings, fenced) is not None


def test_what_another_job_has_published_is_not_this_ones(settings: PreprocessingSettings) -> None:
    published(settings, f"{OTHER}-1")
    assert KINDS.settle(settings, job("d")) is None


@dataclass
class Policy:
    """Lets go of the attempts of some jobs."""

    gone: set[str]

    def is_old(self, changed: float) -> bool:
        return changed < 0

    def may_go(self, job_id: str, changed: float) -> bool:
        return job_id in self.gone and changed > 0


def test_the_sweep_removes_what_the_policy_lets_go_and_nobody_reads(settings: PreprocessingSettings) -> None:
    half, theirs = attempt(settings, f"{JOB}-1"), attempt(settings, f"{OTHER}-1")
    whole = published(settings, f"{JOB}-2")
    assert KINDS.sweep(settings, Policy({JOB})) == [f"datasets/d/{JOB}-1"]
    assert (half.exists(), theirs.exists(), whole.exists()) == (False, True, True)
    assert DATASET.sweep(settings, Policy(set())) == []
