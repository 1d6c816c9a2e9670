"""Sums of labels are exact and do not depend on order or division."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.exact_sums import SUM_BIAS
from preprocessing.statistics.label_sums import NO_LABELS, LabelSums

ROW = st.tuples(st.floats(-1e30, 1e30), st.integers(0, 3), st.booleans())


def sums_of(rows: list[tuple[float, int, bool]]) -> LabelSums:
    labels, codes = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], np.uint8)
    return LabelSums.of(labels, codes, {"x": np.array([row[2] for row in rows], np.bool_)})


@settings(max_examples=100)
@given(rows=st.lists(ROW, max_size=25), cut=st.integers(0, 25))
def test_sums_are_exact_and_add_up(rows: list[tuple[float, int, bool]], cut: int) -> None:
    whole = sums_of(rows)
    for split in (1, 2, 3):
        expected = sum(Fraction(label) for label, code, _ in rows if code == split)
        assert Fraction(whole.all[split - 1], 1 << SUM_BIAS) == expected
        where = sum(Fraction(label) for label, code, missing in rows if code == split and missing)
        assert Fraction(whole.where_missing["x"][split - 1], 1 << SUM_BIAS) == where
    assert sums_of(rows[cut:]) + sums_of(rows[:cut]) == whole
    assert NO_LABELS + whole == whole + NO_LABELS == whole


def test_a_row_without_a_label_does_not_count() -> None:
    labels, codes = np.array([np.nan, 2.0]), np.array([0, 1], np.uint8)
    sums = LabelSums.of(labels, codes, {"x": np.array([True, False])})
    assert sums.all == (2 << SUM_BIAS, 0, 0)
    assert sums.where_missing == {"x": (0, 0, 0)}


def test_a_feature_of_one_part_alone_keeps_its_sums() -> None:
    first, second = LabelSums((1, 2, 3), {"a": (1, 0, 0)}), LabelSums((10, 0, 0), {"b": (0, 5, 0)})
    assert first + second == LabelSums((11, 2, 3), {"a": (1, 0, 0), "b": (0, 5, 0)})
