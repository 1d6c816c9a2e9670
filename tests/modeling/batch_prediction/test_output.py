"""Keys and predictions in parts of Parquet or JSON lines."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from contracts.errors import InvalidRequest
from contracts.storage import Storage
from modeling.batch_prediction.output import Output, open_output


def test_output_is_cut_into_parts(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    with open_output(storage, "predictions/x/job-1", "parquet", rows_per_part=10) as output:
        for begin in range(0, 25, 7):
            values = np.arange(begin, min(begin + 7, 25), dtype=np.float32)
            output.write({"k": pa.array([str(at) for at in values])}, {"p": np.stack([values, -values], axis=1)})
    assert [file.rows for file in output.files] == [10, 10, 5]
    rows = [row for file in output.files for row in parquet.read_table(tmp_path / file.path).to_pylist()]
    assert [row["p"] for row in rows] == [[at, -at] for at in range(25)]


def written(root: Path, kind: Any, columns: dict[str, Any], rows_per_part: int = 100) -> tuple[Storage, Output]:
    storage = Storage(str(root))
    with open_output(storage, "predictions/x/job-1", kind, rows_per_part=rows_per_part) as output:
        output.write({"k": pa.array(["a", None])}, columns)
    return storage, output


def test_lines_hold_null_for_what_is_not_finite_and_the_names_of_classes(tmp_path: Path) -> None:
    columns = {
        "p": np.array([np.nan, 0.5], np.float32),
        "class": np.array([b"caf\xc3\xa9", b"x"], object),
        "all": np.array([[np.inf, 1], [2, 3]], np.float32),
    }
    storage, output = written(tmp_path, "jsonl", columns)
    assert output.columns == ["k", "p", "class", "all"]
    (file,) = output.files
    assert [json.loads(line) for line in storage.read(file.path).splitlines()] == [
        {"k": "a", "p": None, "class": "café", "all": [None, 1.0]},
        {"k": None, "p": 0.5, "class": "x", "all": [2.0, 3.0]},
    ]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_each_part_is_described_by_its_bytes(tmp_path: Path, kind: str) -> None:
    storage, output = written(tmp_path, kind, {"p": np.zeros(2)}, rows_per_part=1)
    assert [file.path for file in output.files] == [f"predictions/x/job-1/part-0000{at}.{kind}" for at in range(2)]
    for file in output.files:
        data = storage.read(file.path)
        assert (file.rows, file.bytes, file.sha256) == (1, len(data), hashlib.sha256(data).hexdigest())


def test_a_part_that_is_exactly_full_is_followed_by_none(tmp_path: Path) -> None:
    _, output = written(tmp_path, "jsonl", {"p": np.zeros(2)}, rows_per_part=2)
    assert [file.rows for file in output.files] == [2]


def test_without_rows_there_is_no_file(tmp_path: Path) -> None:
    with open_output(Storage(str(tmp_path)), "predictions/x/job-1", "parquet") as output:
        output.write({}, {"p": np.zeros(0)})
    assert (output.files, output.columns) == ([], ["p"])


def test_small_batches_are_gathered_into_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeling.batch_prediction.output.ROWS_PER_GROUP", 10)
    with open_output(Storage(str(tmp_path)), "predictions/x/job-1", "parquet") as output:
        for _ in range(9):
            output.write({}, {"p": np.arange(3)})
    found = parquet.ParquetFile(tmp_path / output.files[0].path).metadata
    assert [found.row_group(at).num_rows for at in range(found.num_row_groups)] == [12, 12, 3]


def test_a_key_cannot_have_the_name_of_an_output(tmp_path: Path) -> None:
    with (
        pytest.raises(InvalidRequest, match=r"a column of that name already\. Received: 'p'") as raised,
        open_output(Storage(str(tmp_path)), "predictions/x/job-1", "jsonl") as output,
    ):
        output.write({"k": pa.array(["a"]), "p": pa.array(["a"])}, {"p": np.zeros(1)})
    assert raised.value.pointer == "/keys/1"


def test_an_error_leaves_the_open_part_undescribed(tmp_path: Path) -> None:
    with (  # noqa: PT012 - the block is what fails
        pytest.raises(ZeroDivisionError),
        open_output(Storage(str(tmp_path)), "predictions/x/job-1", "jsonl", rows_per_part=2) as output,
    ):
        output.write({}, {"p": np.zeros(3)})
        raise ZeroDivisionError
    assert [file.rows for file in output.files] == [2]
