"""Columns of lists as columns of their elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from contracts.dataset.manifest import SourceFile, SourceRange
from sources.read_request import ReadRequest
from sources.vectors.spread_columns import element_columns, list_lengths, with_elements

ROWS: list[Any] = [[1.0, 2.0], None, [3.0, None], [4.0], [], [5.0, 6.0], [7.0, 8.0, 9.0]]


def spread(column: pa.Array, size: int) -> list[list[Any]]:
    return [part.to_pylist() for part in element_columns(column, list_lengths(column), size)]


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.large_list(pa.float32()), pa.list_(pa.decimal128(5, 1))])
@pytest.mark.parametrize("begin", [0, 2])
def test_lists_of_another_length_are_missing(kind: pa.DataType, begin: int) -> None:
    column = pa.array(ROWS, pa.list_(pa.float64())).cast(kind)[begin:]
    expected = [[1.0, None, 3.0, None, None, 5.0, None], [2.0, None, None, None, None, 6.0, None]]
    assert spread(column, 2) == [part[begin:] for part in expected]


def test_fixed_lists_without_nulls_and_with() -> None:
    numbers = np.arange(12, dtype=np.float32)
    whole = pa.FixedSizeListArray.from_arrays(pa.array(numbers), 3)
    assert spread(whole, 3) == numbers.reshape(4, 3).T.tolist()
    assert spread(whole[1:3], 3) == numbers.reshape(4, 3)[1:3].T.tolist()
    assert spread(pa.array([[1, 2], None, [3, None]], pa.list_(pa.int64(), 2)), 2) == [[1, None, 3], [2, None, None]]
    assert spread(pa.nulls(2), 2) == [[None, None], [None, None]]
    assert spread(pa.array([], pa.list_(pa.float32())), 2) == [[], []]


def test_a_batch_has_elements_in_the_place_of_vectors() -> None:
    request = ReadRequest(
        SourceFile(uri="f", bytes=1, modified_ns=0),
        SourceRange(file=0, start=0, end=1),
        {"v[0]": "float64", "v[1]": "float64", "a": "int64"},
        vectors={"v": ["v[0]", "v[1]"]},
    )
    batch = pa.record_batch({"a": pa.array(range(len(ROWS))), "v": pa.array(ROWS)})
    flat, bad = with_elements(batch, request)
    assert flat.schema.names == ["a", "v[0]", "v[1]"]
    assert sorted(bad) == [3, 4, 6]
    assert bad[3].reason.startswith("column 'v': a list of 1, and its shape is [2]; write 2 numbers")
    assert {problem.pointer for problem in bad.values()} == {"/features/v"}
    assert request.names == ["v", "a"]
