"""Indices of dictionary arrays that a damaged file leaves."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sources.columnar.dictionary_indices import with_checked_indices


def batch(indices: list[int | None], kind: pa.DataType) -> pa.RecordBatch:
    column = pa.DictionaryArray.from_arrays(pa.array(indices, kind), pa.array(["a", "b"]), safe=False)
    return pa.record_batch([pa.array(range(len(indices))), column], ["n", "t"])


@pytest.mark.parametrize("indices", [[], [None], [0, 1, None, 1]])
def test_indices_of_the_dictionary_are_taken(indices: list[int | None]) -> None:
    whole = batch(indices, pa.int32())
    assert with_checked_indices(whole) is whole


@pytest.mark.parametrize(("indices", "kind"), [([0, 2], pa.int32()), ([-1], pa.int8()), ([255, None], pa.uint8())])
def test_an_index_outside_of_it_is_named_with_its_column(indices: list[int | None], kind: pa.DataType) -> None:
    with pytest.raises(pa.ArrowInvalid, match=r"column 't'.* none of 2 values"):
        with_checked_indices(batch(indices, kind))
