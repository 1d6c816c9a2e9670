"""Record files of a task: one per split that has rows, described as they are stored."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest

from contracts.dataset.data_folder import DataFolder
from preprocessing.records import shards
from preprocessing.records.shards import ShardWriter, StagedShard
from sources.arrays import Uint8s


def pieces(*texts: bytes) -> Iterator[Uint8s]:
    """As the encoder yields them: all in one buffer, each valid until the next one."""
    buffer = np.empty(max(map(len, texts)), np.uint8)
    for text in texts:
        buffer[: len(text)] = np.frombuffer(text, np.uint8)
        yield buffer[: len(text)]


def written(folder: DataFolder, compression: Literal["none", "gzip"] = "none") -> dict[str, StagedShard]:
    with ShardWriter(folder, 4, compression) as writer:
        writer.write("train", pieces(b"first ", b"second "), 5)
        writer.write("test", pieces(b"other"), 1)
        writer.write("validation", pieces(b"of no row"), 0)
        writer.write("train", pieces(b"third"), 2)
        return {shard.split: shard for shard in writer.finish()}


def test_each_split_with_rows_has_a_file_of_its_records(data_folder: DataFolder) -> None:
    files = written(data_folder)
    assert {split: shard.rows for split, shard in files.items()} == {"train": 7, "test": 1}
    assert data_folder.files.read(files["train"].path) == b"first second third"
    assert data_folder.files.read(files["test"].path) == b"other"
    assert {shard.source_range for shard in files.values()} == {4}
    assert len(data_folder.files.files(data_folder.staging)) == 2


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_file_is_described_as_it_is_stored(data_folder: DataFolder, compression: Literal["none", "gzip"]) -> None:
    shard = written(data_folder, compression)["train"]
    data = data_folder.files.read(shard.path)
    assert (shard.bytes, shard.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (gzip.decompress(data) if compression == "gzip" else data) == b"first second third"


def test_equal_records_are_equal_bytes_also_compressed(data_folder: DataFolder) -> None:
    first, second = (written(data_folder, "gzip")["train"] for _ in range(2))
    assert first.path != second.path
    assert first.sha256 == second.sha256


def test_large_files_are_written_back_on_the_way(data_folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "_STRETCH", 10)
    sizes: list[int] = []

    def noted(storage: object, path: str) -> None:
        sizes.append(data_folder.files.size(path))

    monkeypatch.setattr(type(data_folder.files), "write_back", noted)
    with ShardWriter(data_folder, 0, "none") as writer:
        writer.write("train", pieces(*[b"four"] * 6), 6)
        assert len(sizes) == 2
        writer.finish()
    assert sizes[-1] == 24


def test_a_task_without_rows_has_no_files(data_folder: DataFolder) -> None:
    with ShardWriter(data_folder, 0, "gzip") as writer:
        assert writer.finish() == []
    assert data_folder.files.files(data_folder.staging) == []
