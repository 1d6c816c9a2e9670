"""Rows of raw values: taken, divided, joined, and read from Arrow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from modeling.feature_kinds.raw_values import RawColumns, RawValues

VALUES = RawValues(
    np.array([[0.0], [1.0], [np.nan]], np.float32), np.array([[b"a", "b"], [b"", "c"], ["d", b""]], object)
)


def test_rows_that_are_taken_share_no_memory_and_a_part_shares_it() -> None:
    taken, part = VALUES.take([2, 0]), VALUES.part(slice(1, 3))
    assert taken.tokens.tolist() == [["d", b""], [b"a", "b"]]
    assert taken.numeric[1, 0] == 0
    assert not any(np.shares_memory(mine, whole) for mine, whole in zip(taken.matrices, VALUES.matrices, strict=True))
    assert all(np.shares_memory(mine, whole) for mine, whole in zip(part.matrices, VALUES.matrices, strict=True))
    assert part.rows == 2


def test_parts_joined_are_the_rows_one_after_another() -> None:
    joined = RawValues.joined([VALUES.part(slice(0, 1)), VALUES.part(slice(1, 3))])
    for mine, whole in zip(joined.matrices, VALUES.matrices, strict=True):
        np.testing.assert_array_equal(mine, whole)
    assert RawValues.joined([VALUES]) is VALUES


def test_a_batch_becomes_matrices_in_the_columns_order() -> None:
    batch = pa.record_batch({"t": pa.array([b"x", None], pa.binary()), "n": pa.array([None, 2], pa.int64())})
    found = RawColumns(["n"], ["t"], []).from_batch(batch)
    np.testing.assert_array_equal(found.numeric, [[np.nan], [2]])
    assert found.tokens.tolist() == [[b"x"], [b""]]
