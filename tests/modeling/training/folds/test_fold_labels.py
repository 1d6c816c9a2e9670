"""Label statistics of all folds but one are those of these rows alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from contracts.errors import UnusableLabel
from contracts.statistics import (
    ClassCount,
    ClassLabelStatistics,
    LabelStatistics,
    NumberLabelStatistics,
    NumericStatistics,
)
from modeling.training.folds.fold_labels import FoldLabels

FOLDS = np.array([0, 0, 1, 1, 2, 2, 2, 0], np.uint8)


def whole_of(numbers: np.ndarray) -> NumberLabelStatistics:
    moments: dict[str, Any] = {"mean": float(numbers.mean()), "std": float(numbers.std()), "min": None, "max": None}
    counts: dict[str, Any] = {"count": len(numbers), "missing": 0, "infinite": 0, "zeros": 0, "negative": 0}
    return NumberLabelStatistics(count=len(numbers), numbers=NumericStatistics(**counts, **moments))


def added(labels: FoldLabels, values: np.ndarray) -> FoldLabels:
    labels.add(values[:3], FOLDS[:3])
    labels.add(values[3:], FOLDS[3:])
    return labels


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_mean_and_deviation_of_numbers(offset: float) -> None:
    values = offset + np.random.default_rng(0).normal(0, 3, len(FOLDS))
    labels = added(FoldLabels(whole_of(values), 3), values)
    for fold in range(3):
        others = values[fold != FOLDS]
        found = labels.without(fold)
        assert isinstance(found, NumberLabelStatistics)
        assert found.count == len(others)
        assert found.numbers.mean == pytest.approx(others.mean(), rel=1e-15)
        assert found.numbers.std == pytest.approx(others.std(), rel=1e-6)


def test_positives_and_classes() -> None:
    values = np.array([1, 0, 1, 1, 0, 0, 1, 1], np.float32)
    binary = added(FoldLabels(LabelStatistics(count=8, positives=5), 3), values).without(2)
    assert binary == LabelStatistics(count=5, positives=4)
    classes = np.array([0, 1, 2, 0, 2, 2, 2, 1], np.float32)
    named = [ClassCount(value=name, count=0) for name in ("a", "b", "c")]
    multiclass = added(FoldLabels(ClassLabelStatistics(count=8, classes=named), 3), classes).without(0)
    assert isinstance(multiclass, ClassLabelStatistics)
    assert [entry.count for entry in multiclass.classes] == [1, 0, 4]


def test_equal_labels_outside_of_a_fold_are_refused_by_its_number() -> None:
    ones = np.array([1, 0, 1, 1, 1, 1, 1, 1], np.float32)
    labels = added(FoldLabels(LabelStatistics(count=8, positives=7), 3), ones)
    assert labels.without(1) == LabelStatistics(count=6, positives=5)
    with pytest.raises(UnusableLabel, match="outside of fold 1 of 3") as caught:
        labels.without(0)
    assert caught.value.pointer == "/folds"
    values = np.array([1.5, 9.0, 1.1, 1.1, 1.1, 1.1, 1.1, 2.0])
    with pytest.raises(UnusableLabel, match="fold 1 of 3"):
        added(FoldLabels(whole_of(values), 3), values).without(0)
