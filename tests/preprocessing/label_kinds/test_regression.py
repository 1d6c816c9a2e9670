"""Labels that are numbers: the range of float32, and which columns are proposed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from preprocessing.label_kinds import SampledValues, labels_of_kind, propose_kind
from preprocessing.label_kinds.regression import RegressionLabels, number_labels

KIND = RegressionLabels()


def test_what_no_float32_holds_is_missing() -> None:
    labels = number_labels(np.array([1.5, -0.0, np.nan, np.inf, 1e39, -1e39, 3e38]))
    np.testing.assert_array_equal(labels, np.array([1.5, 0, np.nan, np.nan, np.nan, np.nan, 3e38], np.float32))


def test_columns_and_expressions_are_read_alike() -> None:
    values = pa.array([2.25, None, -7.0, float("inf")], pa.float64())
    from_column, unknown = KIND.from_column(values, "y", ())
    np.testing.assert_array_equal(from_column, KIND.from_expression(values, "/label/expression"))
    np.testing.assert_array_equal(from_column, [2.25, np.nan, -7, np.nan])
    assert unknown == 0
    assert KIND.from_column(pa.array([3, None], pa.int64()), "y", ())[0][0] == 3


@pytest.mark.parametrize(
    ("tokens", "proposal"),
    [
        ([b"1", b"2.5", b"3"], ("regression", "numbers with fractions")),
        ([b"1", b"inf", b"3"], ("regression", "numbers with fractions")),
        ([b"%d" % number for number in range(21)], ("regression", "21 different whole numbers")),
        ([b"%d" % number for number in range(20)], ("multiclass", "20 different whole numbers")),
        ([b"a", b"b", b"c"], ("multiclass", "3 different texts in 500 rows")),
        ([b"1", b"2.5"], None),
        ([b"t%d" % number for number in range(200)], None),
    ],
)
def test_one_kind_at_most_is_proposed_for_a_column(tokens: list[bytes], proposal: tuple[str, str] | None) -> None:
    assert propose_kind(SampledValues(tokens, 500)) == proposal
    assert labels_of_kind("binary").proposed_for(SampledValues(tokens, 500)) is None
