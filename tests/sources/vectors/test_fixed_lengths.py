"""Lists that are vectors, by a sample."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from sources.vectors.fixed_lengths import column_length, has_numbers, json_length


@pytest.mark.parametrize(
    ("values", "length"),
    [
        ([[1, 2], None, [3.5, None]], 2),
        ([[1, 2], [3]], None),
        ([[1, 2]], None),
        ([[1], [2]], None),
        ([[None, None], [None, None]], None),
        ([[True, 1], [1, 2]], None),
        ([["a", "b"], ["c", "d"]], None),
        ([[[1], 2], [3, 4]], None),
        ([[1, 2], 3], None),
        ([], None),
    ],
)
def test_json_lists_of_one_length(values: list[Any], length: int | None) -> None:
    assert json_length(values) == length


def test_columns_of_one_length() -> None:
    parts = [pa.array([[1, 2], None]), pa.array([[3, 4]]), pa.array([None], pa.list_(pa.int64()))]
    assert column_length(parts) == 2
    assert column_length([*parts, pa.array([[1]])]) is None
    assert column_length([pa.array([["a", "b"], ["c", "d"]])]) is None
    assert column_length([]) is None


def test_lists_of_numbers() -> None:
    assert has_numbers(pa.list_(pa.float32(), 3))
    assert not any(
        map(has_numbers, [pa.float32(), pa.list_(pa.string()), pa.list_(pa.list_(pa.int8())), pa.list_(pa.bool_())])
    )
