"""Batches of a range, and the labels of their rows before they are parsed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.preprocessing.planned_work import planned_work

from contracts.errors import TooManyBadRecords, UnparsableValue
from preprocessing.assignment.evaluated_values import Evaluated
from preprocessing.assignment.work import Work, label_values, source_batches
from sources.rejects import Rejects

GOOD = "y,x,w,k\n1,0.5,a,\n0,,b,k\n,2.5,,m\n"
BAD = "y,x,w\n1,0.5,a\n0,wrong,b\n1,2.5,c\n"
X: dict[str, Any] = {"features": {"x": {"kind": "numeric", "dtype": "float64"}}}


def rows_of(work: Work, columns: list[str], rejects: Rejects | None = None) -> list[dict[str, object]]:
    parts = range(len(work.plan.ranges))
    return [
        row for part in parts for batch in source_batches(work, part, columns, rejects) for row in batch.to_pylist()
    ]


@pytest.mark.parametrize("partitions", [1, 2, 3])
def test_only_the_named_columns_are_read_in_the_order_asked_for(tmp_path: Path, partitions: int) -> None:
    _, work = planned_work(tmp_path, GOOD, partitions=partitions)
    assert list(work.columns) == ["x", "w", "k", "y"]
    assert rows_of(work, ["y", "x"]) == [{"y": b"1", "x": 0.5}, {"y": b"0", "x": None}, {"y": None, "x": 2.5}]


def test_columns_of_the_filter_can_be_read_too(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, GOOD, filter="w != 'b'", remaining="exclude", **X)
    assert list(work.filter_columns) == ["w"]
    assert rows_of(work, ["w"]) == [{"w": b"a"}, {"w": b"b"}, {"w": None}]


def test_a_row_that_cannot_be_read_is_an_error_where_none_are_allowed(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, BAD, **X)
    with pytest.raises(UnparsableValue, match="wrong"):
        rows_of(work, ["x"])
    assert len(rows_of(work, ["w"])) == 3


def test_a_rejected_row_is_left_out_for_any_choice_of_columns(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, BAD, max_bad_records=1, **X)
    assert rows_of(work, ["w"]) == [{"w": b"a"}, {"w": b"c"}]
    rejects = Rejects(1)
    assert [row["x"] for row in rows_of(work, ["x"], rejects)] == [0.5, 2.5]
    assert [rejected.line for rejected in rejects.rows] == [2]


def test_more_rejected_rows_than_allowed_are_an_error(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, BAD + "1,worse,d\n", max_bad_records=1, **X)
    with pytest.raises(TooManyBadRecords):
        rows_of(work, ["w"])


def test_a_label_is_the_value_of_its_column_unless_the_filter_leaves_the_row_out(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, GOOD, **X)
    (batch,) = source_batches(work, 0, list(work.columns))
    values: Any = label_values(work, batch, None)
    assert values.to_pylist() == [b"1", b"0", None]
    kept: Any = label_values(work, batch, Evaluated(3, None, np.array([0, 1, 1], np.uint8), None))
    assert kept.to_pylist() == [None, b"0", None]
    assert kept.type == values.type


def test_an_evaluated_label_comes_before_the_column(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, GOOD, **X)
    (batch,) = source_batches(work, 0, list(work.columns))
    evaluated = np.array([0, np.nan, 1], np.float32)
    assert label_values(work, batch, Evaluated(3, evaluated, None, None)) is evaluated
