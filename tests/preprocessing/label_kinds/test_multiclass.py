"""Labels of classes: ids of text, classes that were not learned, statistics, and which columns are proposed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from contracts.features import TextRule
from contracts.schema import Label
from preprocessing.label_kinds import SampledValues, SplitCounts
from preprocessing.label_kinds.multiclass import MulticlassLabels

KIND = MulticlassLabels()
LABEL = Label(column="y", kind="multiclass")


def test_a_class_that_is_not_learned_is_missing_and_counted() -> None:
    values = pa.array([b"b", b"a", b"c", b"", None, b"b"], pa.binary())
    labels, unknown = KIND.from_column(values, LABEL, ["a", "b"])
    np.testing.assert_array_equal(labels, [1, 0, np.nan, np.nan, np.nan, 1])
    assert (labels.dtype, unknown) == (np.float32, 1)


def test_whole_numbers_are_classes_however_they_are_spelled() -> None:
    labels, unknown = KIND.from_column(pa.array([b"3", b"3.0", b"-1"], pa.binary()), LABEL, [-1, 3])
    np.testing.assert_array_equal(labels, [1, 1, 0])
    assert unknown == 0


def test_an_expression_stays_text_until_the_classes_are_known() -> None:
    staged = KIND.from_expression(pa.array(["a", None, "é"]), "/label/expression")
    assert staged.to_pylist() == [b"a", None, "é".encode()]
    assert "double" not in KIND.expression_type.allowed


def test_statistics_count_each_class_and_leave_out_unknown_ones() -> None:
    counts = {b"2": [5, 1, 0], b"10": [3, 0, 2], b"2.0": [1, 1, 1], b"7": [0, 4, 0]}
    splits = [KIND.statistics(SplitCounts(split, 0, 0, counts, [2, 10], None)) for split in range(3)]
    assert [(count.value, count.count) for count in splits[1].classes] == [(2, 2), (10, 0)]
    assert [found.count for found in splits] == [9, 2, 3]


@pytest.mark.parametrize(
    ("tokens", "rows", "reason"),
    [
        ([b"x", b"y", b"z"], 15, "3 different texts in 15 rows"),
        ([b"x", b"y", b"z"], 14, None),
        ([b"1", b"2", b"3"], 3, "3 different whole numbers"),
        ([b"%d" % number for number in range(21)], 500, None),
        ([b"1", b"2", b"2.5"], 500, None),
        ([b"x", b"y"], 500, None),
        ([b"t%d" % number for number in range(1001)], 100_000, None),
    ],
)
def test_values_that_repeat_are_proposed(tokens: list[bytes], rows: int, reason: str | None) -> None:
    assert KIND.proposed_for(SampledValues(tokens, rows)) == reason


def test_classes_of_an_expression_are_read_by_the_labels_rule() -> None:
    values = pa.array(["Yes", " yes", "NO ", None, " "])
    staged = KIND.from_expression(values, "/label/expression", TextRule(strip=True, fold_case=True))
    assert staged.to_pylist() == [b"yes", b"yes", b"no", None, None]
