"""How the splits differ from one another. Rows are divided by a hash, so what differs more than by chance has a reason."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from contracts.schema import SplitName
from contracts.statistics import (
    ClassLabelStatistics,
    FeatureStatistics,
    LabelStatistics,
    NumberLabelStatistics,
    NumericStatistics,
    Statistics,
)
from preprocessing.report.data_warning import DataWarning
from preprocessing.report.display_text import shown_text

CHANCE_DEVIATIONS = 4.0
"""Standard deviations of chance that a difference must exceed: one comparison in 16,000 does by itself."""

SPLIT_SIZE = 0.1
"""How far, as a share of what was asked for, a split's size may be off."""

FEWEST_ROWS = 100
"""Rows of a split below which its metrics are too rough to choose a model by: an accuracy of 80 % is known to 8 points."""

LABEL_SKEW = 0.1
"""How far, as a share of the training split's, the mean label may be off: it moves log loss and calibration by itself."""

MISSING_SKEW = 0.02
"""Difference of missing shares from which on the fill value is a visibly different part of what a model sees."""

_GROUPS = "With a split_key, whole groups go to one split: few large groups make unequal splits; choose a finer key."


def split_warnings(statistics: Statistics, asked: Mapping[SplitName, float]) -> Iterator[DataWarning]:
    """About sizes and labels of the splits; `asked`: their shares of the rows, as requested."""
    total = sum(split.rows for split in statistics.splits.values())
    for name, split in statistics.splits.items():
        share = asked.get(name, 0.0)
        if share <= 0:
            continue
        yield from _size(name, split.rows, total, share)
    yield from _label(statistics)


def missing_skew_warnings(name: str, found: Mapping[SplitName, FeatureStatistics]) -> Iterator[DataWarning]:
    """About one feature, of which each split has its statistics."""
    train = found["train"]
    for split, other in found.items():
        if split == "train" or not differ(train.missing, _rows(train), other.missing, _rows(other), MISSING_SKEW):
            continue
        here, there = train.missing / _rows(train), other.missing / _rows(other)
        yield DataWarning(
            "missing skew",
            "warning",
            f"{here:.2%} of the values are missing in train, {there:.2%} in {split}.",
            "Look what else differs, such as the groups of a split_key: what was learned of missing values does not hold.",
            {"train": here, split: there},
            name,
            split,
        )


def differ(first: int, of_first: int, second: int, of_second: int, least: float) -> bool:
    """Whether two shares differ by at least `least` and by more than chance, by the pooled two-proportion z-test."""
    if not of_first or not of_second:
        return False
    difference = abs(first / of_first - second / of_second)
    pooled = (first + second) / (of_first + of_second)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / of_first + 1 / of_second))
    return difference >= least and difference > CHANCE_DEVIATIONS * deviation


def _rows(found: FeatureStatistics) -> int:
    return found.count + found.missing


def _size(name: SplitName, rows: int, total: int, asked: float) -> Iterator[DataWarning]:
    numbers = {"rows": rows, "asked": asked, "share": rows / total if total else 0.0}
    if not rows:
        yield DataWarning(
            "split size",
            "serious",
            f"The {name} split is empty; {asked:.1%} of {total:,} rows were asked for.",
            f"{_GROUPS} A small source may need larger shares.",
            numbers,
            split=name,
        )
    elif abs(rows / total - asked) > max(
        SPLIT_SIZE * asked, CHANCE_DEVIATIONS * math.sqrt(asked * (1 - asked) / total)
    ):
        yield DataWarning(
            "split size",
            "warning",
            f"The {name} split has {rows / total:.2%} of the rows; {asked:.1%} were asked for.",
            f"{_GROUPS} Equal rows share a split too: look whether the source repeats some.",
            numbers,
            split=name,
        )
    elif rows < FEWEST_ROWS:
        yield DataWarning(
            "split size",
            "note",
            f"The {name} split has only {rows:,} rows.",
            "What is measured on so few rows is mostly chance; use more data or a larger share.",
            numbers,
            split=name,
        )


def _label(statistics: Statistics) -> Iterator[DataWarning]:
    train = statistics.splits["train"].label
    for name, split in statistics.splits.items():
        other = split.label
        if name == "train":
            continue
        if isinstance(train, LabelStatistics) and isinstance(other, LabelStatistics):
            if differ(train.positives, train.count, other.positives, other.count, LABEL_SKEW * train.mean):
                yield _label_skew(name, "mean label", train.mean, other.mean)
        elif isinstance(train, ClassLabelStatistics) and isinstance(other, ClassLabelStatistics):
            yield from _class_skew(name, train, other)
        elif isinstance(train, NumberLabelStatistics) and isinstance(other, NumberLabelStatistics):
            yield from _number_skew(name, train.numbers, other.numbers)


def _label_skew(split: SplitName, what: str, train: float, other: float) -> DataWarning:
    return DataWarning(
        "label skew",
        "warning",
        f"The {what} is {train:.4f} in train and {other:.4f} in {split}.",
        f"{_GROUPS} Metrics of the two are not comparable.",
        {"train": train, split: other},
        split=split,
    )


def _class_skew(split: SplitName, train: ClassLabelStatistics, other: ClassLabelStatistics) -> Iterator[DataWarning]:
    """The class whose share differs most, if any does by more than chance."""
    found = [
        (abs(here.count / train.count - there.count / other.count), here, there)
        for here, there in zip(train.classes, other.classes, strict=True)
        if differ(here.count, train.count, there.count, other.count, LABEL_SKEW * here.count / max(train.count, 1))
    ]
    if found:
        _, here, there = max(found, key=lambda each: each[0])
        what = f"share of class {shown_text(str(here.value), 60)}"
        yield _label_skew(split, what, here.count / train.count, there.count / other.count)


def _number_skew(split: SplitName, train: NumericStatistics, other: NumericStatistics) -> Iterator[DataWarning]:
    """By Welch's statistic, and by at least a tenth of the training labels' deviation."""
    if train.mean is None or train.std is None or other.mean is None or other.std is None:
        return
    apart = abs(train.mean - other.mean)
    error = math.sqrt(train.std**2 / train.count + other.std**2 / other.count)
    if apart >= LABEL_SKEW * train.std and apart > CHANCE_DEVIATIONS * error:
        yield _label_skew(split, "mean label", train.mean, other.mean)
