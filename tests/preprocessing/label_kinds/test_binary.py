"""Binary labels from bytes and from Spark's numbers, and their statistics."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from contracts.errors import UnusableLabel
from contracts.schema import Label
from preprocessing.label_kinds import SplitCounts
from preprocessing.label_kinds.binary import NEGATIVE, POSITIVE, BinaryLabels

KIND = BinaryLabels()
LABEL = Label(column="late")


def test_every_spelling_of_a_column_is_a_label() -> None:
    values = pa.array([*POSITIVE, None, *NEGATIVE], pa.binary())
    labels, unknown = KIND.from_column(values.slice(2), LABEL, ())
    assert labels.dtype == np.float32
    np.testing.assert_array_equal(labels, [1, 1, 1, np.nan, 0, 0, 0, 0, 0])
    assert unknown == 0


@pytest.mark.parametrize("token", [b"2", b"yes", b"", b"\xff"])
def test_any_other_value_of_a_column_is_refused_by_name(token: bytes) -> None:
    with pytest.raises(UnusableLabel, match="the label 'late' must be 0 or 1") as caught:
        KIND.from_column(pa.array([b"1", token], pa.binary()), LABEL, ())
    assert caught.value.pointer == "/label/column"


def test_an_expression_has_numbers_and_missing_values() -> None:
    labels = KIND.from_expression(pa.array([1.0, None, 0.0], pa.float64()), "/label/expression")
    assert labels.dtype == np.float32
    np.testing.assert_array_equal(labels, [1, np.nan, 0])
    with pytest.raises(UnusableLabel, match=r"Received: 0\.5") as caught:
        KIND.from_expression(pa.array([1.0, 0.5], pa.float64()), "/label/expression")
    assert caught.value.pointer == "/label/expression"


def test_statistics_count_both_values() -> None:
    found = KIND.statistics(SplitCounts(0, 10, 3, {}, (), None))
    assert (found.count, found.positives, found.mean) == (10, 3, 0.3)
    assert [(each.value, each.count) for each in found.distribution] == [(0.0, 7), (1.0, 3)]


def test_the_positive_text_is_1_and_every_other_text_0() -> None:
    values = pa.array([b"yes", b"no", None, b"1", b"yes"], pa.binary())
    labels, unknown = KIND.from_column(values, Label(column="late", positive="yes"), ())
    np.testing.assert_array_equal(labels, np.array([1, 0, np.nan, 0, 1], np.float32))
    assert unknown == 0
