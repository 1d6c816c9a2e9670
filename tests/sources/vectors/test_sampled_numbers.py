"""Lists of numbers of a sample."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from sources.vectors.sampled_numbers import column_numbers, has_numbers, json_numbers


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
    numbers = json_numbers(values)
    assert (None if numbers is None else numbers.size) == length


def test_json_lists_of_several_lengths() -> None:
    numbers = json_numbers([[1, 2], None, [], [3.5, None]])
    assert numbers is not None
    assert (numbers.lists, numbers.shortest, numbers.longest, numbers.has_fractions) == (3, 0, 2, True)
    whole = json_numbers([[1, 2.0], [3]])
    assert whole is not None
    assert not whole.has_fractions


def test_columns() -> None:
    parts = [pa.array([[1, 2], None]), pa.array([[3, 4]]), pa.array([None], pa.list_(pa.int64()))]
    vector, others = column_numbers(parts), column_numbers([*parts, pa.array([[1.5, None]]), pa.array([[1.0]])])
    assert vector is not None
    assert (vector.size, vector.has_fractions) == (2, False)
    assert others is not None
    assert (others.lists, others.shortest, others.longest, others.size) == (4, 1, 2, None)
    assert others.has_fractions
    assert column_numbers([pa.array([["a", "b"], ["c", "d"]])]) is None
    assert column_numbers([]) is None


def test_lists_of_numbers() -> None:
    assert has_numbers(pa.list_(pa.float32(), 3))
    assert not any(
        map(has_numbers, [pa.float32(), pa.list_(pa.string()), pa.list_(pa.list_(pa.int8())), pa.list_(pa.bool_())])
    )
