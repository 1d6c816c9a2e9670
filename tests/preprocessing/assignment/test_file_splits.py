"""Splits by files: the rows are those of each split's files, and other files leave no trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.preprocessing.planned_work import planned_work, row_splits, split_rule

from contracts.dataset.split_rule import why_not_comparable
from contracts.errors import InvalidRequest, NotFound, TandemError
from contracts.messages.datasets import DatasetRequest
from preprocessing.assignment.work import Work

FILES = ["2011/a.csv", "2011/b.csv", "2012/a.csv", "2013/a.csv", "rest.csv"]


def planned(root: Path, files: Any, **body: Any) -> Work:
    for name in FILES:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("y,x\n" + "".join(f"{i % 2},{i}\n" for i in range(6)))
    source = {"format": "csv", "uris": ["2011", "2012/*.csv", "2013/a.csv", "rest.csv"]}
    return planned_work(root, "", source=source, splits={"files": files}, **body)[1]


def test_a_row_is_of_the_split_of_its_file(tmp_path: Path) -> None:
    work = planned(tmp_path, {"train": ["2011"], "validation": ["2012/a.csv"], "test": ["2013/*"]})
    rows = pa.record_batch({"y": [b"0", b"1"]})
    codes = {work.plan.files[part.file].uri: row_splits(work, rows, at) for at, part in enumerate(work.plan.ranges)}
    by_name = {str(Path(uri).relative_to(tmp_path)): found.tolist() for uri, found in codes.items()}
    assert by_name == dict(zip(FILES, [[1, 1], [1, 1], [2, 2], [3, 3], [0, 0]], strict=True))
    assert all(found.dtype == np.uint8 for found in codes.values())
    rule = split_rule(work)
    assert [Path(uri).name for uri in rule.files["train"]] == ["a.csv", "b.csv"]
    assert why_not_comparable(rule, rule) is None
    assert not work.group_columns
    grouped = planned(tmp_path, {"train": ["2011"], "test": ["2013/*"]}, split_key=["x"])
    assert (grouped.group_columns, grouped.split_columns) == ({"x": "int64"}, {})
    other = planned(tmp_path, {"train": ["2011", "2012"], "test": ["2013"]})
    assert "by files (train: " in (why_not_comparable(rule, split_rule(other)) or "")


@pytest.mark.parametrize(
    ("files", "error", "pointer", "message"),
    [
        ({"train": ["2011"], "test": ["2011/b.csv"]}, InvalidRequest, "/splits/files/test/0", "of train and of test"),
        ({"train": ["2011", "t.csv"]}, InvalidRequest, "/splits/files/train/1", "is no file of the source"),
        ({"train": ["2011"], "test": ["2019"]}, NotFound, "/splits/files/test/0", "2019"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, files: Any, error: type[TandemError], pointer: str, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        planned(tmp_path, files)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"splits": {"files": {"test": ["b.csv"]}}}, "train must list one at least"),
        (
            {"splits": {"files": {"train": ["a"]}}, "source": {"format": "avro", "uris": ["a"]}},
            "Spark copies this source",
        ),
    ],
)
def test_requests_that_cannot_be(body: Any, message: str) -> None:
    usual = {"name": "d", "source": {"format": "csv", "uris": ["a.csv", "b.csv"]}, "label": {"column": "y"}}
    with pytest.raises(ValueError, match=message):
        DatasetRequest.model_validate({**usual, **body})
