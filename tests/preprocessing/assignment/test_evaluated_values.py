"""Evaluated values are read back as they were written, in any pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from contracts.dataset.data_folder import DataFolder
from preprocessing.assignment.evaluated_values import Evaluated, Value, read_evaluated, write_evaluated

LABELS = np.array([0, np.nan, 1], np.float32)
KEEP = np.array([1, 0, 1], np.uint8)
WEIGHTS = np.array([0.1, np.nan, 2.5])


def columns(evaluated: Evaluated) -> list[Any]:
    return [evaluated.label, evaluated.keep, evaluated.weight]


@pytest.mark.parametrize("batches", [1, 3])
def test_every_value_is_read_back(data_folder: DataFolder, batches: int) -> None:
    pieces = [
        list(piece)
        for piece in zip(*(np.array_split(array, batches) for array in (LABELS, KEEP, WEIGHTS)), strict=True)
    ]
    write_evaluated(data_folder, 7, ["label", "keep", "weight"], iter(pieces), label=pa.float32())
    evaluated = read_evaluated(data_folder, 7)
    assert evaluated.rows == 3
    for array, expected in zip(columns(evaluated), (LABELS, KEEP, WEIGHTS), strict=True):
        np.testing.assert_array_equal(array, expected)
        assert array.dtype == expected.dtype
    assert evaluated.kept is not None
    assert evaluated.kept.tolist() == [True, False, True]


@pytest.mark.parametrize(("values", "array"), [(["label"], LABELS), (["keep"], KEEP), (["weight"], WEIGHTS)])
def test_what_was_not_evaluated_is_absent(data_folder: DataFolder, values: Sequence[Value], array: Any) -> None:
    write_evaluated(data_folder, 0, values, iter([[array]]), label=pa.float32())
    evaluated = read_evaluated(data_folder, 0)
    assert [found is not None for found in columns(evaluated)] == [
        name in values for name in ("label", "keep", "weight")
    ]
    assert (evaluated.kept is None) == (values != ["keep"])


def test_classes_are_text_with_null_for_missing(data_folder: DataFolder) -> None:
    batches = [[pa.array([b"a", None], pa.binary())], [pa.array([b"\xff"], pa.binary())]]
    write_evaluated(data_folder, 0, ["label"], iter(batches), label=pa.binary())
    label: Any = read_evaluated(data_folder, 0).label
    assert label.type == pa.binary()
    assert label.to_pylist() == [b"a", None, b"\xff"]


def test_a_range_without_rows_has_no_values(data_folder: DataFolder) -> None:
    write_evaluated(data_folder, 0, ["label", "keep"], iter([]), label=pa.float32())
    evaluated = read_evaluated(data_folder, 0)
    assert (evaluated.rows, len(columns(evaluated)[0]), len(columns(evaluated)[1])) == (0, 0, 0)


def test_a_repeated_task_replaces_the_file_and_leaves_no_other(data_folder: DataFolder) -> None:
    for labels in (LABELS[:1], LABELS):
        write_evaluated(data_folder, 2, ["label"], iter([[labels]]), label=pa.float32())
    assert read_evaluated(data_folder, 2).rows == 3
    assert data_folder.files.files(data_folder.staging) == ["evaluated-00002.arrow"]


def test_a_slice_ends_with_the_range() -> None:
    evaluated = Evaluated(3, LABELS, KEEP, None)
    part = evaluated.slice(1, 5)
    assert part.rows == 2
    np.testing.assert_array_equal(columns(part)[0], LABELS[1:])
    assert columns(part)[1].tolist() == [0, 1]
    assert part.weight is None
    assert evaluated.slice(3, 2).rows == 0
