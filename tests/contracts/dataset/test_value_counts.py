"""Counts of a column's values in a file that several columns share."""

from __future__ import annotations

import pyarrow as pa
import pytest

from contracts.dataset.value_counts import VALUE_COUNTS, CountsFile, value_counts_file
from contracts.errors import CorruptData
from contracts.schema import SPLIT_NAMES


def counts_of(*values: float) -> pa.RecordBatch:
    splits = [pa.array([10 * split + row for row in range(len(values))], pa.int64()) for split in (1, 2, 3)]
    return pa.record_batch(
        [pa.array(values, pa.float64()), pa.array(values, pa.float64()), *splits], schema=VALUE_COUNTS
    )


FILE = value_counts_file([counts_of(1.5, 2.5), counts_of(), counts_of(-0.0)])


def test_each_column_has_its_batch() -> None:
    found = CountsFile(FILE, "values").column(0, 3)
    assert (found.shift, found.table.column("low").to_pylist()) == (3, [1.5, 2.5])
    assert [found.counts(split).to_pylist() for split in SPLIT_NAMES] == [[10, 11], [20, 21], [30, 31]]
    assert CountsFile(FILE, "values").column(1, 0).table.num_rows == 0
    assert CountsFile(pa.py_buffer(FILE), "values").column(2, 0).counts("test").to_pylist() == [30]


def test_a_batch_that_is_not_there_is_damage() -> None:
    with pytest.raises(CorruptData, match=r"values/00000\.arrow does not hold counts of values.*out of range"):
        CountsFile(FILE, "values/00000.arrow").column(3, 0)


@pytest.mark.parametrize("data", [b"", b"not arrow", FILE[:-30], FILE[:50]], ids=["empty", "text", "end", "start"])
def test_other_bytes_are_damage_that_names_the_file(data: bytes) -> None:
    with pytest.raises(CorruptData, match=r"values/00000\.arrow does not hold counts"):
        CountsFile(data, "values/00000.arrow").column(0, 0)


def test_a_file_with_other_columns_is_damage_that_names_them() -> None:
    sink = pa.BufferOutputStream()
    other = pa.record_batch({"token": pa.array([b"a"])})
    with pa.ipc.new_file(sink, other.schema) as writer:
        writer.write_batch(other)
    with pytest.raises(CorruptData, match=r"x must hold low, high, train, validation, test\. Received: \['token'\]"):
        CountsFile(sink.getvalue(), "x").column(0, 0)
