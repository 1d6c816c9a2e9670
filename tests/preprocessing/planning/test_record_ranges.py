"""Ranges of TFRecord files are whole records, and all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.sources.columnar.tfrecord.written import ROWS, example, write

from contracts.source import TfRecordFiles
from preprocessing.planning.ranges import plan_ranges
from sources.read_range import positions_before, read_range


@pytest.mark.parametrize("partitions", [None, 1, 2, 7, 5000])
def test_ranges_are_whole_records_and_all_of_them(tmp_path: Path, partitions: int | None) -> None:
    file = write(tmp_path / "t.tfrecord", map(example, ROWS))
    plan = plan_ranges(TfRecordFiles(format="tfrecord", uris=["t"]), [file], partitions)
    found: list[Any] = []
    for part in plan.ranges:
        assert positions_before(plan.source, file, part.start) == len(found)
        for batch in read_range(plan.source, [file], part, {"n": "int64"}):
            found += batch.column("n").to_pylist()
    assert found == [row["n"] for row in ROWS]
    if partitions == 5000:
        assert 2000 < len(plan.ranges) <= len(ROWS)
    else:
        assert len(plan.ranges) == (partitions or 1)
