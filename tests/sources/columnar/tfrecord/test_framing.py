"""Each damage of a file is named with record and byte; records of several chunks are whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.sources.columnar.tfrecord.written import ROWS, example, listed, read, write

from contracts.dataset.manifest import SourceFile
from contracts.errors import UnreadableFile
from contracts.source import TfRecordFiles
from preprocessing.planning.ranges import plan_ranges
from sources.read_range import read_range


def damage(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (damage, r"record 2 \(byte {}\): the checksum of its length"),
        (lambda data, second: damage(data, second + 9), r"record 2 \(byte {}\): the checksum of its length"),
        (lambda data, second: damage(data, second + 15), r"record 2 \(byte {}\): the checksum of its message"),
        (lambda data, second: damage(data, len(data) - 1), r"record 2 \(byte {}\): the checksum of its message"),
        (lambda data, second: data[:-1], r"record 2 \(byte {}\): it is truncated: at least 1 bytes"),
        (lambda data, second: data[: second + 5], r"record 2 \(byte {}\): it is truncated: at least 7 bytes"),
        (lambda data, second: b"n,x\n1,2\n3,4\n5,6\n", r"record 1 \(byte 0\): .* no TFRecord file: set source.format"),
        (lambda data, second: data[:7], r"record 1 \(byte 0\): .* no TFRecord file"),
    ],
)
@pytest.mark.parametrize("is_planned", [False, True])
def test_damaged_files(tmp_path: Path, change: Any, message: str, is_planned: bool) -> None:
    first = example({"n": 1, "k": b"abc"})
    second = len(first) + 16
    data = write(tmp_path / "t", [first, example({"n": 2})])
    path = Path(data.uri)
    path.write_bytes(change(path.read_bytes(), second))
    with pytest.raises(UnreadableFile, match=message.format(second)) as error:
        (in_ranges if is_planned else read)(listed(path))
    assert error.value.pointer == "/source"


def in_ranges(file: SourceFile) -> None:
    plan = plan_ranges(TfRecordFiles(format="tfrecord", uris=["t"], columns={"n": "int64"}), [file], 2)
    for part in plan.ranges:
        list(read_range(plan.source, plan.files, part, {"n": "int64"}))


def test_a_gzip_file_that_is_cut_or_not_named_as_one(tmp_path: Path) -> None:
    file = write(tmp_path / "t.tfrecord.gz", map(example, ROWS), "GZIP")
    plain = tmp_path / "t.tfrecord"
    plain.write_bytes(Path(file.uri).read_bytes())
    with pytest.raises(UnreadableFile, match=r"no TFRecord file: .*source\.compression if it is compressed"):
        read(listed(plain))
    assert read(listed(plain), compression="gzip") == read(file)
    Path(file.uri).write_bytes(plain.read_bytes()[:-2000])
    with pytest.raises(UnreadableFile, match=r"not readable as gzip|truncated"):
        read(listed(Path(file.uri)), columns={"n": "int64"})


def test_long_values_and_records_of_several_chunks(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    rows = [{"k": generator.bytes(size), "n": size} for size in (5_000_000, 3, 40_000, 1, 900_000)]
    file = write(tmp_path / "t.tfrecord", map(example, rows))
    assert read(file) == {"k": [row["k"] for row in rows], "n": [row["n"] for row in rows]}
