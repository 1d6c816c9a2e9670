"""A dataset: published whole or not at all, checked by its checksums, and gone with everything that is its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.artifacts import write_artifact

from contracts.attempts.datasets import settle_dataset
from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import LeftOut, Manifest, SplitContent, ValuesFile, dataset_fingerprint
from contracts.dataset.published import Dataset, delete_dataset, list_datasets, open_dataset, publish_dataset
from contracts.dataset.rejected_rows import RejectedRow, to_lines
from contracts.dataset.sample import Sample
from contracts.dataset.value_counts import VALUE_COUNTS, value_counts_file
from contracts.dataset.vocabulary import Vocabulary
from contracts.errors import CorruptData, InvalidRequest, NameTaken, NotFound
from contracts.schema import Categorical, Label, Numeric, Schema, SplitName
from contracts.source import DelimitedText
from contracts.statistics import LabelStatistics, SplitStatistics, Statistics
from contracts.storage import Storage

SCHEMA = Schema(features={"c": Categorical(), "n": Numeric(dtype="int64")}, label=Label(column="y"))
STATISTICS = Statistics(
    splits={"train": SplitStatistics(rows=1, features={}, label=LabelStatistics(count=1, positives=0))}
)
ROW = RejectedRow.of("a.csv", 2, "why", b"x\xff")
JOB = "0123456789abcdef" * 2


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path))


def manifest(storage: Storage, name: str = "d", attempt: str = f"{JOB}-1", **fields: Any) -> Manifest:
    """A manifest of records `none`, after its files have been written."""
    folder = DataFolder(storage, name, attempt)
    folder.create()
    vocabulary = write_artifact(folder, folder.vocabulary(0), Vocabulary.of([b"a", b"b"], [2, 1]).to_bytes())
    return Manifest.model_validate(
        {
            "name": name,
            "fingerprint": "f",
            "created": datetime(2026, 11, 27, tzinfo=UTC),
            "folder": attempt,
            "schema": SCHEMA,
            "source": DelimitedText(format="csv", uris=["a.csv"]),
            "files": [],
            "ranges": [],
            "records": "none",
            "layout": "columns",
            "compression": "none",
            "splits": {"train": SplitContent(rows=1, content="0" * 16)},
            "left_out": LeftOut(without_label=0),
            "statistics": write_artifact(folder, folder.statistics, STATISTICS.model_dump_json().encode()),
            "vocabularies": {"c": vocabulary},
            "shards": [],
            "rows": [],
            "request": {},
            "seconds": {},
            **fields,
        }
    )


def published(storage: Storage, name: str = "d", **fields: Any) -> Dataset:
    return publish_dataset(storage, manifest(storage, name, **fields))


def test_fingerprints_of_datasets_depend_on_every_part() -> None:
    content: dict[SplitName, SplitContent] = {"train": SplitContent(rows=2, content="0" * 16)}
    base = dataset_fingerprint(SCHEMA, content, {"a": "x"})
    assert base == dataset_fingerprint(SCHEMA, dict(content), {"a": "x"})
    assert base != dataset_fingerprint(SCHEMA, content, {"a": "y"})
    one, other = ({"a": "x", "b": "y"}, {"b": "y", "a": "x"})
    assert dataset_fingerprint(SCHEMA, content, one) == dataset_fingerprint(SCHEMA, content, other)
    assert base != dataset_fingerprint(SCHEMA, {"train": SplitContent(rows=2, content="1" * 16)}, {"a": "x"})
    assert base != dataset_fingerprint(
        Schema(features={"c": Categorical()}, label=Label(column="y")), content, {"a": "x"}
    )


def test_a_manifest_survives_its_file_and_calls_its_schema_so(storage: Storage) -> None:
    one = manifest(storage)
    assert b'"schema":' in one.to_json()
    assert b"schema_" not in one.to_json()
    assert Manifest.from_json(one.to_json(), "m") == one


def test_a_manifest_of_another_kind_is_damage_that_names_the_file(storage: Storage) -> None:
    one = manifest(storage).to_json()
    for data in (b"", b"{}", one[:-5], one.replace(b'"version": 1', b'"version": 2')):
        with pytest.raises(CorruptData, match=r"^datasets/d/manifest\.json is not a dataset manifest: "):
            Manifest.from_json(data, "datasets/d/manifest.json")


def test_names_in_the_data_folder(storage: Storage) -> None:
    folder = DataFolder(storage, "d", f"{JOB}-1")
    assert folder.path == f"datasets/d/{JOB}-1"
    assert folder.shard("train", 3, 16, "gzip") == "records/train-00003-of-00016.tfrecord.gz"
    assert folder.shard("test", 0, 1, "none") == "records/test-00000-of-00001.tfrecord"
    assert folder.staged_shard("train", 7, "t") == "staging/train-00007-t.tfrecord"
    assert (folder.vocabulary(1), folder.values(2), folder.rows(12)) == (
        "vocabularies/00001.arrow",
        "values/00002.arrow",
        "rows/00012.arrow",
    )


def test_a_finished_folder_keeps_what_holds_files(storage: Storage) -> None:
    folder = DataFolder(storage, "d", "a-1")
    folder.create()
    folder.files.write(f"{folder.done}/x", b"1")
    folder.files.write(folder.rows(0), b"1")
    folder.finish()
    assert folder.files.folders("") == ["rows"]


def test_a_task_that_outlives_its_job_does_not_bring_the_folder_back(storage: Storage) -> None:
    folder = DataFolder(storage, "d", "a-1")
    with pytest.raises(FileNotFoundError):
        folder.files.write(folder.rows(0), b"1")
    assert not storage.exists(folder.path)


def test_a_name_is_published_once_and_opened_by_it(storage: Storage) -> None:
    with pytest.raises(NotFound, match="there is no dataset named 'd'"):
        open_dataset(storage, "d")
    first = published(storage)
    with pytest.raises(NameTaken):
        published(storage, attempt=f"{JOB}-2")
    assert open_dataset(storage, "d") == first
    assert first.schema == SCHEMA
    assert first.statistics() == STATISTICS


def test_a_listing_skips_what_is_incomplete_or_damaged(storage: Storage) -> None:
    for name in ("b", "a"):
        published(storage, name)
    manifest(storage, "unpublished")
    storage.write("datasets/damaged/manifest.json", b"{")
    assert [dataset.manifest.name for dataset in list_datasets(storage)] == ["a", "b"]
    with pytest.raises(CorruptData, match=r"datasets/damaged/manifest\.json"):
        open_dataset(storage, "damaged")


def test_bytes_that_differ_from_the_published_ones_are_damage(storage: Storage) -> None:
    dataset = published(storage)
    assert [*dataset.vocabularies()] == ["c"]
    assert dataset.vocabulary("c").tokens.to_pylist() == [b"a", b"b"]
    path = dataset.manifest.vocabularies["c"].path
    dataset.files.write(path, dataset.files.read(path)[:-1] + b"x")
    with pytest.raises(CorruptData, match=r"dataset d: vocabularies/00000\.arrow does not have its published checksum"):
        dataset.vocabulary("c")
    dataset.files.delete_file(path)
    with pytest.raises(NotFound):
        dataset.vocabulary("c")


def test_what_a_dataset_does_not_have_is_named(storage: Storage) -> None:
    dataset = published(storage)
    with pytest.raises(NotFound, match="dataset d has no vocabulary for 'n'"):
        dataset.vocabulary("n")
    with pytest.raises(NotFound, match="dataset d has no counts of values for 'c'"):
        dataset.values("c")
    with pytest.raises(InvalidRequest, match="dataset 'd' was made by an earlier release") as caught:
        dataset.sample()
    assert caught.value.pointer == "/dataset"
    assert dataset.rejected_rows() == []
    assert dataset.shards("train") == []


def test_everything_optional_is_read_back(storage: Storage) -> None:
    folder = DataFolder(storage, "d", f"{JOB}-1")
    folder.create()
    numbers = pa.record_batch(
        [pa.array([1.0]), pa.array([1.0]), *(pa.array([count], pa.int64()) for count in (3, 2, 1))], schema=VALUE_COUNTS
    )
    values = write_artifact(folder, folder.values(1), value_counts_file([numbers, numbers.slice(1)]))
    kept = Sample(np.array([1], np.uint8), np.array([0], np.int64), pa.record_batch({"c": pa.array([b"a"])}))
    dataset = published(
        storage,
        rejected=write_artifact(folder, folder.rejected, b"".join(to_lines([ROW]))),
        sample=write_artifact(folder, folder.sample, kept.to_bytes()),
        values={"n": ValuesFile(**values.model_dump(), batch=0, shift=2)},
        shards=[
            {**write_artifact(folder, f"{split}-{number}", b"x").model_dump(), "split": split, "rows": 1}
            for number, split in enumerate(("train", "test", "train"))
        ],
    )
    assert dataset.rejected_rows() == [ROW]
    assert dataset.sample().features.column("c").to_pylist() == [b"a"]
    assert (dataset.values("n").shift, dataset.values("n").counts("train").to_pylist()) == (2, [3])
    assert [shard.path for shard in dataset.shards("train")] == ["train-0", "train-2"]


def test_a_deleted_dataset_leaves_what_is_not_its_own(storage: Storage) -> None:
    published(storage)
    manifest(storage, attempt=f"{JOB}-2")
    delete_dataset(storage, "d")
    assert storage.folders("datasets/d") == [f"{JOB}-2"]
    with pytest.raises(NotFound, match="named 'd'"):
        delete_dataset(storage, "d")
    published(storage, "alone")
    delete_dataset(storage, "alone")
    assert storage.folders("datasets") == ["d"]


def test_only_a_jobs_own_unpublished_attempts_are_discarded(storage: Storage) -> None:
    published(storage)
    other = "f" * 32
    for attempt in (f"{JOB}-2", f"{JOB}-10", f"{other}-1"):
        manifest(storage, attempt=attempt)
    assert settle_dataset(storage, "d", JOB, 9) is not None
    assert storage.folders("datasets/d") == [f"{JOB}-1", f"{JOB}-10", f"{other}-1"]
    manifest(storage, "unpublished")
    assert settle_dataset(storage, "unpublished", JOB, 1) is None
    assert storage.folders("datasets") == ["d"]


def test_no_file_that_the_manifest_names_may_be_missing_or_cut_when_it_is_published(storage: Storage) -> None:
    whole = manifest(storage)
    names = {artifact.path for artifact in whole.artifacts()}
    assert names == {"statistics.json", "vocabularies/00000.arrow"}
    for name in names:
        file = Path(storage.uri) / "datasets" / "d" / whole.folder / name
        content = file.read_bytes()
        for harm in (file.unlink, lambda file=file: file.write_bytes(b"cut")):
            harm()
            with pytest.raises(
                CorruptData, match=f"{name} was written with {len(content)} bytes.*nothing was published"
            ):
                publish_dataset(storage, whole)
        file.write_bytes(content)
    assert list(list_datasets(storage)) == []
    publish_dataset(storage, whole)
