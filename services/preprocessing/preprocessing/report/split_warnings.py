"""Warnings about splits that differ. By a hash of rows, a difference beyond chance has a cause in the data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from contracts.dataset.warning import DatasetWarning
from contracts.schema import SplitName
from contracts.statistics import (
    ClassLabelStatistics,
    FeatureStatistics,
    LabelStatistics,
    NumberLabelStatistics,
    NumericStatistics,
    Statistics,
)
from preprocessing.report.display_text import shown_text

CHANCE_DEVIATIONS = 4.0
"""Standard deviations that a difference must exceed: by chance, one comparison in 16,000 does."""

SPLIT_SIZE = 0.1
"""Allowed deviation of a split's size, as a share of the requested size."""

FEWEST_ROWS = 100
"""Rows of a split below which its metrics are too imprecise to select a model: an accuracy of 80 % is known to 8 points."""

LABEL_SKEW = 0.1
"""Allowed deviation of the mean label, as a share of the training split's: it alone changes log loss and calibration."""

MISSING_SKEW = 0.02
"""Difference of missing shares from which the share of imputed inputs differs visibly."""

_GROUPS = "With a split_key, whole groups go to one split: few large groups make unequal splits; choose a finer key."


def split_warnings(statistics: Statistics, asked: Mapping[SplitName, float | None]) -> Iterator[DatasetWarning]:
    """Yield warnings about sizes and labels of the splits.

    `asked`: those that should have rows, with their requested shares, or None where others than shares decide.
    """
    total = sum(split.rows for split in statistics.splits.values())
    for name, split in statistics.splits.items():
        share = asked.get(name, 0.0)
        if share is None:
            yield from _listed_size(name, split.rows)
        elif share > 0:
            yield from _size(name, split.rows, total, share)
    yield from _label(statistics)


def missing_skew_warnings(name: str, by_split: Mapping[SplitName, FeatureStatistics]) -> Iterator[DatasetWarning]:
    """Yield warnings about one feature's share of missing values, comparing each split with the training split."""
    train = by_split["train"]
    for split, other in by_split.items():
        if split == "train" or not differ(train.missing, _rows(train), other.missing, _rows(other), MISSING_SKEW):
            continue
        here, there = train.missing / _rows(train), other.missing / _rows(other)
        yield DatasetWarning(
            kind="missing skew",
            severity="warning",
            message=f"{here:.2%} of the values are missing in train, {there:.2%} in {split}.",
            advice="Check what else differs, such as the groups of a split_key, the values of a column or the season: what "
            "was learned about missing values does not hold.",
            numbers={"train": here, split: there},
            feature=name,
            split=split,
        )


def differ(first: int, of_first: int, second: int, of_second: int, least: float) -> bool:
    """Return true if two shares differ by at least `least` and by more than chance (pooled two-proportion z-test)."""
    if not of_first or not of_second:
        return False
    difference = abs(first / of_first - second / of_second)
    pooled = (first + second) / (of_first + of_second)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / of_first + 1 / of_second))
    return difference >= least and difference > CHANCE_DEVIATIONS * deviation


def _rows(statistics: FeatureStatistics) -> int:
    return statistics.rows


def _size(name: SplitName, rows: int, total: int, asked: float) -> Iterator[DatasetWarning]:
    numbers: dict[str, float] = {"rows": rows, "asked": asked, "share": rows / total if total else 0.0}
    if not rows:
        yield DatasetWarning(
            kind="split size",
            severity="serious",
            message=f"The {name} split is empty; {asked:.1%} of {total:,} rows were requested.",
            advice=f"{_GROUPS} A small source may need larger shares.",
            numbers=numbers,
            split=name,
        )
    elif abs(rows / total - asked) > max(
        SPLIT_SIZE * asked, CHANCE_DEVIATIONS * math.sqrt(asked * (1 - asked) / total)
    ):
        yield DatasetWarning(
            kind="split size",
            severity="warning",
            message=f"The {name} split has {rows / total:.2%} of the rows; {asked:.1%} were requested.",
            advice=f"{_GROUPS} Duplicate rows share a split too: check whether the source repeats rows.",
            numbers=numbers,
            split=name,
        )
    elif rows < FEWEST_ROWS:
        yield _few(name, rows, numbers)


def _listed_size(name: SplitName, rows: int) -> Iterator[DatasetWarning]:
    """Yield a warning about a split of listed values or files, or of a time."""
    if not rows:
        yield DatasetWarning(
            kind="split size",
            severity="serious",
            message=f"The {name} split is empty.",
            advice="No row with a label has one of its values, its files or a time of it: see which rows are left out.",
            numbers={"rows": rows},
            split=name,
        )
    elif rows < FEWEST_ROWS:
        yield _few(name, rows, {"rows": rows})


def _few(name: SplitName, rows: int, numbers: dict[str, float]) -> DatasetWarning:
    return DatasetWarning(
        kind="split size",
        severity="note",
        message=f"The {name} split has only {rows:,} rows.",
        advice="Metrics on this few rows are mostly chance; use more data or a larger share.",
        numbers=numbers,
        split=name,
    )


def _label(statistics: Statistics) -> Iterator[DatasetWarning]:
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


def _label_skew(split: SplitName, what: str, train: float, other: float) -> DatasetWarning:
    return DatasetWarning(
        kind="label skew",
        severity="warning",
        message=f"The {what} is {train:.4f} in train and {other:.4f} in {split}.",
        advice=f"{_GROUPS} Splits by a column, a time or files differ with it. Metrics of the two are not comparable.",
        numbers={"train": train, split: other},
        split=split,
    )


def _class_skew(split: SplitName, train: ClassLabelStatistics, other: ClassLabelStatistics) -> Iterator[DatasetWarning]:
    """Yield a warning about the class whose share differs most, if any differs by more than chance."""
    differing = [
        (abs(here.count / train.count - there.count / other.count), here, there)
        for here, there in zip(train.classes, other.classes, strict=True)
        if differ(here.count, train.count, there.count, other.count, LABEL_SKEW * here.count / max(train.count, 1))
    ]
    if differing:
        _, here, there = max(differing, key=lambda difference: difference[0])
        what = f"share of class {shown_text(str(here.value), 60)}"
        yield _label_skew(split, what, here.count / train.count, there.count / other.count)


def _number_skew(split: SplitName, train: NumericStatistics, other: NumericStatistics) -> Iterator[DatasetWarning]:
    """Yield a warning if the means differ by Welch's statistic and by at least a tenth of the training labels' deviation."""
    if train.mean is None or train.std is None or other.mean is None or other.std is None:
        return
    apart = abs(train.mean - other.mean)
    error = math.sqrt(train.std**2 / train.count + other.std**2 / other.count)
    if apart >= LABEL_SKEW * train.std and apart > CHANCE_DEVIATIONS * error:
        yield _label_skew(split, "mean label", train.mean, other.mean)
