"""Publishing a dataset: names, checksums, attempts that are superseded, and sources that change meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import MakeDataset

from chassis.engine.engine import JobContext
from contracts.dataset.data_folder import DATASETS
from contracts.errors import (
    Cancelled,
    NameTaken,
    SourceChanged,
    Superseded,
)
from contracts.schema import SPLIT_NAMES
from contracts.storage import Storage
from preprocessing.dataset_summary import summary
from preprocessing.engine import SparkEngine

LABEL = {"column": "y"}


GOOD = "y,x,w\n0,1,a\n1,2,b\n"


def table(rows: int) -> str:
    return "y,n,w\n" + "".join(f"{i % 2},{i if i % 5 else ''},w{i % 7}\n" for i in range(rows))


def test_shards_have_their_checksums_their_rows_and_dense_names(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(table(60), label=LABEL, partitions=9)
    for split in SPLIT_NAMES:
        shards = dataset.shards(split)
        assert [shard.path for shard in shards] == [
            f"records/{split}-{i:05d}-of-{len(shards):05d}.tfrecord" for i in range(len(shards))
        ]
        assert all(shard.rows > 0 for shard in shards)
        assert sum(shard.rows for shard in shards) == dataset.manifest.splits[split].rows
    for shard in dataset.manifest.shards:
        dataset.checked(shard)
    manifest = dataset.manifest
    assert manifest.statistics_proto is not None
    assert manifest.sample is not None
    derived = [
        manifest.statistics,
        manifest.statistics_proto,
        manifest.sample,
        *manifest.vocabularies.values(),
        *manifest.values.values(),
    ]
    kept = {artifact.path for artifact in [*manifest.shards, *derived]}
    folder = dataset.files.local_path()
    assert folder is not None
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == kept


def test_warnings_are_kept_with_the_dataset_and_told_with_the_job(make_dataset: MakeDataset) -> None:
    leaking = "y,n,w\n" + "".join(f"{i % 2},{i if i % 2 else ''},w{i % 7}\n" for i in range(400))
    dataset = make_dataset(leaking, label=LABEL)
    kept = dataset.manifest.warnings or []
    assert [(found.kind, found.severity, found.feature) for found in kept if found.concerns_models] == [
        ("leakage", "serious", "n")
    ]
    assert summary(dataset)["warnings"] == [found.model_dump(mode="json") for found in kept]


def test_a_taken_name_is_refused_and_its_dataset_stays(make_dataset: MakeDataset) -> None:
    first = make_dataset(GOOD, name="taken", label=LABEL, splits={"train": 1.0})
    with pytest.raises(NameTaken):
        make_dataset(GOOD, name="taken", label=LABEL, splits={"train": 1.0}, records="none")
    for artifact in [first.manifest.statistics, *first.manifest.shards]:
        first.checked(artifact)


def test_a_cancelled_or_superseded_job_leaves_nothing(engine: SparkEngine, sources: Path, storage: Storage) -> None:
    (sources / "c.csv").write_text(table(200))
    before = storage.folders(DATASETS)
    body = {"name": "gone", "source": {"format": "csv", "uris": ["c.csv"]}, "label": LABEL}
    cancelled = JobContext(
        "j1", 1, tell=lambda said: cancelled.cancel() if said["phase"] == "merge" else None, ask_fence=lambda: "go"
    )
    with pytest.raises(Cancelled):
        engine.run("dataset", body, cancelled)
    stale = JobContext("j2", 1, tell=lambda _: None, ask_fence=lambda: "superseded")
    with pytest.raises(Superseded):
        engine.run("dataset", body, stale)
    assert storage.folders(DATASETS) == before
    engine.run("dataset", body, JobContext.alone("j3"))


def test_a_repeated_attempt_of_a_job_that_has_published_finds_it(
    engine: SparkEngine, sources: Path, storage: Storage
) -> None:
    (sources / "again.csv").write_text(table(100))
    body = {"name": "again", "source": {"format": "csv", "uris": ["again.csv"]}, "label": LABEL}
    first = engine.run("dataset", body, JobContext.alone("twice", 1))
    assert engine.run("dataset", body, JobContext.alone("twice", 2)) == first
    assert storage.folders(f"{DATASETS}/again") == ["twice-1"]


def test_a_source_that_changes_meanwhile_is_noticed(engine: SparkEngine, sources: Path, storage: Storage) -> None:
    path = sources / "changing.csv"
    path.write_text(table(100))
    body = {
        "name": "changing",
        "source": {"format": "csv", "uris": ["changing.csv"]},
        "label": LABEL,
    }

    def touch(said: dict[str, Any]) -> None:
        if said["phase"] == "merge":
            path.write_text(table(101))

    with pytest.raises(SourceChanged):
        engine.run("dataset", body, JobContext("c", 1, tell=touch, ask_fence=lambda: "go"))
    assert "changing" not in storage.folders(DATASETS)
