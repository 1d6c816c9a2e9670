"""Columns by a sample of the records, also those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sources.columnar.tfrecord.written import example, read, write

from contracts.errors import InvalidData
from contracts.source import TfRecordFiles
from preprocessing.planning.ranges import plan_ranges
from sources.columnar.tfrecord.sample_columns import with_columns
from sources.read_range import read_range


def test_columns_of_lists_and_of_mixed_types_cannot_be_read_and_harm_no_other(tmp_path: Path) -> None:
    file = write(
        tmp_path / "t.tfrecord", [example({"l": [1, 2], "m": b"a", "f": 1, "n": 1}), example({"m": 1, "f": 0.5})]
    )
    plan = plan_ranges(TfRecordFiles(format="tfrecord", uris=["t"]), [file])
    assert isinstance(plan.source, TfRecordFiles)
    assert plan.source.columns == {"f": "float", "l": "list", "m": "mixed", "n": "int64"}
    assert read(file) == {"f": [1.0, 0.5], "n": [1, None]}
    for name in ("l", "m"):
        with pytest.raises(InvalidData, match=f"column '{name}' has .*; exclude it") as error:
            list(read_range(plan.source, [file], plan.ranges[0], {name: "bytes"}))
        assert error.value.pointer == f"/features/{name}"


def test_columns_that_hold_no_lists_have_the_type_of_their_single_values(tmp_path: Path) -> None:
    records = [example({"l": [1, 2], "k": [b"a", b"b"]}), example({"l": 3, "x": [0.5, 1.0]})]
    file = write(tmp_path / "t.tfrecord", records)
    source = with_columns(TfRecordFiles(format="tfrecord", uris=["t"]), [file], ["l", "k"])
    assert source.columns == {"k": "list", "l": "int64", "x": "list"}
