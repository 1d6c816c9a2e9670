"""Columns that leak the label, judged on the sampled rows; for binary, multiclass and regression labels.

A number leaks it if it orders the rows as the label does, any column if rows of equal values have equal labels, and a
column that is sometimes missing also if its presence alone does. A share of equal labels is not enough: with 5 positive rows
among 10,000 every column has 99.9 %. So guessing by the column must also remove almost all errors of guessing without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never

import numpy as np

from contracts.label_kinds import LabelKind
from preprocessing.proposals.sampled_columns import MISSING, Column
from sources.arrays import Bools, Float64s, Int64s

FEWEST_EACH = 5
"""Rows of each label that a verdict needs."""
FEWEST_NUMBERS = 20
"""Rows with a number that a verdict on a regression label needs; fewer may be in order by accident."""
TELLING_AUC = 0.999
"""AUC, or 1 - AUC, from which on a number leaks the label; real features do not reach it."""
TELLING_PURITY = 0.999
TELLING_GAIN = 0.98
"""Share of the errors of guessing the most frequent label that guessing by the column's values removes."""
TELLING_CORRELATION = 0.999
"""Absolute rank correlation, and share of the ranks' variance, from which on a column leaks a number."""
ROWS_EACH = 5
"""Average rows per distinct value from which on equal labels of a value are no accident."""


@dataclass(frozen=True)
class Target:
    """Labels of the sampled rows, [rows], NaN where missing: 0 and 1, indexes of classes, or numbers."""

    kind: LabelKind
    values: Float64s

    def not_enough(self) -> str | None:
        """Return why the sample has too few labels for a verdict; None if it has enough."""
        present = self.values[~np.isnan(self.values)]
        distinct, counts = np.unique(present, return_counts=True)
        match self.kind:
            case "binary" | "multiclass":
                if int((counts >= FEWEST_EACH).sum()) < 2:
                    return f"fewer than two labels have {FEWEST_EACH} rows of the sample each"
            case "regression":
                if len(distinct) < 2 or len(present) < FEWEST_NUMBERS:
                    return f"the sample has fewer than {FEWEST_NUMBERS} rows with a label, or all labels are equal"
            case _:
                assert_never(self.kind)
        return None


@dataclass(frozen=True)
class Telling:
    """A column's association with the label; a measure is None where the column or the label does not have it.

    `auc` is of a number and a binary label. `purity` is the share of rows with their value's most frequent label, for labels of
    classes. `correlation` is the rank correlation of a number with a regression label.
    """

    auc: float | None = None
    purity: float | None = None
    correlation: float | None = None
    why: str | None = None
    is_checked: bool = True
    """False for a column of which only presence could be judged: its values are rare, and not numbers."""


def telling(column: Column, target: Target) -> Telling:
    """Return the column's association with the label, over the labeled rows. A missing value is a value."""
    known = ~np.isnan(target.values)
    codes, labels = column.codes[known], target.values[known]
    numbers = np.append(column.numbers, np.nan)[codes] if column.are_numbers.all() else None
    if target.kind == "regression":
        return _telling_number(numbers, codes, labels)
    return _telling_class(numbers, codes, np.unique(labels, return_inverse=True)[1], is_binary=target.kind == "binary")


def _telling_class(numbers: Float64s | None, codes: Int64s, labels: Int64s, *, is_binary: bool) -> Telling:
    auc = _auc(numbers, labels == 1) if is_binary and numbers is not None and labels.any() else None
    purity, gain = _purity(codes, labels)
    ordered = numbers is not None and (_is_telling_auc(auc) if is_binary else _orders_classes(numbers, labels))
    why: str | None = None
    if ordered:
        why = "the number alone orders all rows by their label"
    elif _is_pure(purity, gain):
        why = "all rows with the same value have the same label"
        if purity is not None and purity < 1:
            why = f"{purity:.2%} of the rows have the label that is usual for their value"
    elif _is_pure(*_purity(_presence(codes), labels)):
        why = "the label follows from whether there is a value"
    return Telling(auc, purity, None, why, is_checked=purity is not None or numbers is not None)


def _telling_number(numbers: Float64s | None, codes: Int64s, labels: Float64s) -> Telling:
    ranks = _ranks(labels)
    correlation = None if numbers is None else _rank_correlation(numbers, labels)
    explained = _explained(codes, ranks)
    why: str | None = None
    if correlation is not None and abs(correlation) >= TELLING_CORRELATION:
        why = "the number alone orders all rows by their label"
    elif explained is not None and explained >= TELLING_CORRELATION:
        why = "rows with the same value have almost the same label"
    elif (by_presence := _explained(_presence(codes), ranks)) is not None and by_presence >= TELLING_CORRELATION:
        why = "the label follows from whether there is a value"
    return Telling(None, None, correlation, why, is_checked=explained is not None or correlation is not None)


def unchecked(tellings: Iterable[tuple[str, Telling]]) -> list[str]:
    """Return the names of the columns whose values could not be judged."""
    return [name for name, told in tellings if not told.is_checked and told.why is None]


def _is_telling_auc(auc: float | None) -> bool:
    return auc is not None and max(auc, 1 - auc) >= TELLING_AUC


def _is_pure(purity: float | None, gain: float) -> bool:
    return purity is not None and purity >= TELLING_PURITY and gain >= TELLING_GAIN


def _presence(codes: Int64s) -> Int64s:
    return np.where(codes == MISSING, MISSING, 0)


def _auc(numbers: Float64s, positive: Bools) -> float | None:
    """Area under the ROC curve of the rows that have a number: Mann and Whitney's U, ties counted half."""
    there = ~np.isnan(numbers)
    numbers, positive = numbers[there], positive[there]
    ones = int(positive.sum())
    zeros = len(positive) - ones
    if min(ones, zeros) < FEWEST_EACH:
        return None
    return float((_ranks(numbers)[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _ranks(numbers: Float64s) -> Float64s:
    """Return ranks from 1, [rows]; equal numbers have the mean of their ranks."""
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def _orders_classes(numbers: Float64s, labels: Int64s) -> bool:
    """Return whether the numbers of each class are apart from those of the next, classes in the order of their medians."""
    there = ~np.isnan(numbers)
    numbers, labels = numbers[there], labels[there]
    counts = np.bincount(labels) if len(labels) else np.zeros(0, np.int64)
    classes = np.flatnonzero(counts >= FEWEST_EACH)
    if len(classes) < 2 or counts[classes].sum() < len(labels) / 2:
        return False
    by_class = sorted((numbers[labels == one] for one in classes), key=lambda of_class: float(np.median(of_class)))
    return all(
        _is_telling_auc(_auc(np.concatenate([low, high]), np.repeat(np.array([False, True]), [len(low), len(high)])))
        for low, high in pairwise(by_class)
    )


def _purity(codes: Int64s, labels: Int64s) -> tuple[float | None, float]:
    """Return the share of rows that have their value's most frequent label, and the share of errors that it removes.

    The share is None if values are rare, or fewer than two labels frequent.
    """
    values, places = np.unique(codes, return_inverse=True)
    counts = np.bincount(labels) if len(labels) else np.zeros(0, np.int64)
    if len(values) < 2 or len(codes) < ROWS_EACH * len(values) or int((counts >= FEWEST_EACH).sum()) < 2:
        return None, 0.0
    pairs, rows = np.unique(places * len(counts) + labels, return_counts=True)
    majority = np.zeros(len(values), np.int64)
    np.maximum.at(majority, pairs // len(counts), rows)
    wrong, wrong_without = len(codes) - int(majority.sum()), len(codes) - int(counts.max())
    return 1 - wrong / len(codes), 1 - wrong / wrong_without


def _rank_correlation(numbers: Float64s, labels: Float64s) -> float | None:
    there = ~np.isnan(numbers)
    if int(there.sum()) < FEWEST_NUMBERS:
        return None
    ranks, others = _ranks(numbers[there]), _ranks(labels[there])
    if np.ptp(ranks) == 0 or np.ptp(others) == 0:
        return None
    return float(np.corrcoef(ranks, others)[0, 1])


def _explained(codes: Int64s, ranks: Float64s) -> float | None:
    """Return the share of the ranks' variance between the column's values; None if values are rare."""
    values, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    if len(values) < 2 or len(codes) < max(FEWEST_NUMBERS, ROWS_EACH * len(values)):
        return None
    means = np.bincount(places, weights=ranks) / counts
    whole = float(((ranks - ranks.mean()) ** 2).sum())
    return float((counts * (means - ranks.mean()) ** 2).sum()) / whole if whole else None
