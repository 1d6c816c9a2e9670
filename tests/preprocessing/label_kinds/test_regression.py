"""Labels that are numbers: their range, and which columns are proposed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from contracts.errors import UnusableLabel
from contracts.schema import Label
from preprocessing.label_kinds import SampledValues, labels_of_kind, propose_kind
from preprocessing.label_kinds.regression import RegressionLabels

KIND = RegressionLabels()
LABEL = Label(column="y", kind="regression")


def test_labels_are_float64_and_nan_is_missing() -> None:
    values = np.array([1.5, -0.0, np.nan, 1e39, -1e100, 1e9 + 0.1])
    labels, _ = KIND.from_column(pa.array(values), LABEL, ())
    assert labels.dtype == np.float64
    np.testing.assert_array_equal(labels, [1.5, 0, np.nan, 1e39, -1e100, 1e9 + 0.1])


def test_a_number_that_cannot_be_squared_is_refused_by_name() -> None:
    values = pa.array([1.0, None, -1e101, 1e300])
    words = r" must be a number between -1e\+100 and 1e\+100, .*Received: -1e\+101$"
    with pytest.raises(UnusableLabel, match="^the label 'price'" + words) as caught:
        KIND.from_column(values, LABEL.model_copy(update={"column": "price"}), ())
    assert caught.value.pointer == "/label/column"
    with pytest.raises(UnusableLabel, match="^the label's expression" + words) as caught:
        KIND.from_expression(values, "/label/expression")
    assert caught.value.pointer == "/label/expression"


@pytest.mark.parametrize("infinity", [float("inf"), float("-inf"), float("1e400")])
def test_an_infinity_is_refused_by_name_and_not_taken_for_missing(infinity: float) -> None:
    with pytest.raises(UnusableLabel, match=rf"^the label 'price' must .*`filter`\)\. Received: {infinity}$"):
        KIND.from_column(pa.array([1.0, None, infinity]), LABEL.model_copy(update={"column": "price"}), ())


def test_columns_and_expressions_are_read_alike() -> None:
    values = pa.array([2.25, None, -7.0], pa.float64())
    from_column, unknown = KIND.from_column(values, LABEL, ())
    np.testing.assert_array_equal(from_column, KIND.from_expression(values, "/label/expression"))
    np.testing.assert_array_equal(from_column, [2.25, np.nan, -7])
    assert unknown == 0
    assert KIND.from_column(pa.array([3, None], pa.int64()), LABEL, ())[0][0] == 3


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
