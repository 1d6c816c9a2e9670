"""Lists of a batch: their tokens' numbers, and the sums of their rows by split."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from contracts.errors import InvalidData
from contracts.features import Many
from preprocessing.vocabularies.staged_lists import ListColumn, ListSums, StagedLists

TEXTS = pa.array([b"a|b", None, b"[]", b"b|b|", b"|", b"c"], pa.binary())
CODES = np.array([1, 1, 1, 1, 2, 0], np.uint8)
POSITIVE = np.array([True, True, False, False, True, True])


def test_tokens_are_counted_and_rows_summed_by_split() -> None:
    column = ListColumn("|")
    staged = column.add(TEXTS, CODES, POSITIVE)
    assert staged.lengths.tolist() == [2, -1, 0, 2, 1, 1]
    assert staged.numbers.tolist() == [0, 1, 1, 1, -1, -1]
    assert column.sums[:2] == [
        ListSums(rows=3, positives=1, empty=1, tokens=4, shortest=0, longest=2),
        ListSums(rows=1, positives=1, empty=0, tokens=1, shortest=1, longest=1),
    ]
    assert column.sums[2] == ListSums()
    assert column.held_bytes > 0
    run = column.take_tokens()
    assert sorted(run.column(0).to_pylist()) == [b"a", b"b"]
    assert column.add(TEXTS, CODES, POSITIVE).numbers.tolist() == [0, 1, 1, 1, -1, -1]
    assert column.sums[0].tokens == 8


def test_staged_lists_are_read_as_they_were_written() -> None:
    staged = ListColumn("|").add(TEXTS, CODES, POSITIVE)
    read = StagedLists.of(staged.array())
    assert read.lengths.tolist() == staged.lengths.tolist()
    assert read.numbers.tolist() == staged.numbers.tolist()
    assert staged.array().to_pylist() == [[0, 1], None, [], [1, 1], [-1], [-1]]


def test_a_list_that_is_too_long_is_named() -> None:
    staged = ListColumn("|").add(TEXTS, CODES, POSITIVE)
    staged.refuse_long("tags", Many(max=2), str)
    with pytest.raises(InvalidData, match=r"row 0, column 'tags': a list of 2 tokens, and many\.max is 1") as error:
        staged.refuse_long("tags", Many(max=1), "row {}".format)
    assert error.value.pointer == "/features/tags/many/max"
