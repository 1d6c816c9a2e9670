"""Warnings about features that stop to vary, or to overlap with training, where splits are by time, a column or files.

A random split shows neither: a feature that is constant from some day on, or an id or a year that only grows, is as useful in
each of its parts, and useless for the rows that a model is made for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import assert_never

from contracts.dataset.split_rule import SplitRule
from contracts.dataset.warning import DatasetWarning, WarningKind
from contracts.schema import SplitName
from contracts.statistics import CategoricalStatistics, FeatureStatistics, NumericStatistics
from preprocessing.report.column_warnings import UNIQUE
from preprocessing.report.display_text import shown_token

CHANCE = 1e-9
"""Largest probability of a constant split, if its values were drawn from the training split's."""

FEWEST = 20
"""Values of a split below which nothing is compared."""

OUTSIDE = 0.98
"""Share of tokens that no training row has, from which the model has learned nothing for the split."""

TAIL = 0.01
"""Share of a split's numbers at the end of its range that may overlap with the other's."""


def later_warnings(
    name: str, by_split: Mapping[SplitName, FeatureStatistics], unseen: Mapping[SplitName, int], rule: SplitRule | None
) -> Iterator[DatasetWarning]:
    """Yield at most one warning for each split but train; none where a hash decides the splits.

    `unseen`: values of a split whose token no training row has, empty for numbers.
    """
    if rule is None or rule.by not in {"time", "column", "files"}:
        return
    train = by_split["train"]
    for split, other in by_split.items():
        if split == "train" or train.count < FEWEST or other.rows < FEWEST:
            continue
        begins = f"from {rule.begins[split]} on, in {split}" if split in rule.begins else f"in {split}"
        yield from _missing(name, split, begins, train, other)
        match train:
            case NumericStatistics():
                assert isinstance(other, NumericStatistics)
                yield from _numbers(name, split, begins, train, other)
            case CategoricalStatistics():
                assert isinstance(other, CategoricalStatistics)
                yield from _tokens(name, split, begins, train, other, unseen.get(split, 0))
            case _:
                assert_never(train)


def _missing(
    name: str, split: SplitName, begins: str, train: FeatureStatistics, other: FeatureStatistics
) -> Iterator[DatasetWarning]:
    share = train.missing / train.rows
    if not other.count and _is_beyond_chance(share, other.missing):
        message = f"All {other.missing:,} values are missing {begins}, and {share:.1%} of them in train."
        yield _constant(name, split, message, other.missing, share)


def _numbers(
    name: str, split: SplitName, begins: str, train: NumericStatistics, other: NumericStatistics
) -> Iterator[DatasetWarning]:
    if train.min is None or train.max is None or other.min is None or other.max is None or train.min == train.max:
        return
    if other.count < FEWEST:
        return
    low, high = _core(train)
    other_low, other_high = _core(other)
    if high < other_low or other_high < low:
        message = (
            f"Its values {begins} are from {other.min:,.6g} to {other.max:,.6g}, and from {train.min:,.6g} to {train.max:,.6g} "
            f"in train: {'hardly any is' if _overlap(train, other) else 'none is'} in the range that the model learns from."
        )
        yield _outside(name, split, message, {"min": other.min, "max": other.max})
    elif other.min == other.max and _is_beyond_chance(share := _share_of(train, other.min), other.count):
        message = f"All {other.count:,} values {begins} are {other.min:g}, and the values in train vary."
        yield _constant(name, split, message, other.count, share)


def _tokens(
    name: str, split: SplitName, begins: str, train: CategoricalStatistics, other: CategoricalStatistics, unseen: int
) -> Iterator[DatasetWarning]:
    if train.distinct < 2 or other.count < FEWEST or not other.top:
        return
    if unseen >= OUTSIDE * other.count:
        if train.distinct < UNIQUE * train.count:
            share = "None" if unseen == other.count else f"Only {(other.count - unseen) / other.count:.2%}"
            message = f"{share} of its {other.count:,} values {begins} is a token that occurs in train."
            yield _outside(name, split, message, {"unseen": unseen, "count": other.count})
    elif other.distinct == 1:
        counts = {token.token: token.count for token in train.top}
        share = counts.get(other.top[0].token, train.top[-1].count) / train.count
        if _is_beyond_chance(share, other.count):
            token = shown_token(other.top[0].token, 60)
            message = (
                f"All {other.count:,} values {begins} are “{token}”, as {share:.1%} of the {train.distinct:,} tokens' values "
                "in train are."
            )
            yield _constant(name, split, message, other.count, share)


def _core(statistics: NumericStatistics) -> tuple[float, float]:
    """Return the range of the values but for the last hundredth at either end."""
    if statistics.quantiles is None:
        return statistics.min or 0.0, statistics.max or 0.0
    return statistics.quantiles.at(TAIL), statistics.quantiles.at(1 - TAIL)


def _overlap(train: NumericStatistics, other: NumericStatistics) -> bool:
    assert train.min is not None
    assert train.max is not None
    assert other.min is not None
    assert other.max is not None
    return train.min <= other.max and other.min <= train.max


def _share_of(statistics: NumericStatistics, value: float) -> float:
    """Return an upper bound of the share of a value, from the published quantiles; 1 without them."""
    if statistics.quantiles is None:
        return 1.0
    pairs = zip(statistics.quantiles.values, statistics.quantiles.probabilities, strict=True)
    equal = [probability for quantile, probability in pairs if quantile == value]
    return min(1.0, (equal[-1] - equal[0] if equal else 0.0) + 2 * TAIL)


def _is_beyond_chance(share: float, values: int) -> bool:
    """Return whether values of this number would be of one kind by chance at most `CHANCE` often, with its share in train."""
    return share <= 0 or values * math.log(share) <= math.log(CHANCE)


def _constant(name: str, split: SplitName, message: str, count: int, share: float) -> DatasetWarning:
    advice = (
        "If it was no longer filled in or has changed its meaning, the rows to be predicted are like these: exclude it, or train "
        "on rows from when it is as it is now."
    )
    return _warning("constant in split", name, split, message, advice, {"count": count, "share_in_train": share})


def _outside(name: str, split: SplitName, message: str, numbers: dict[str, float]) -> DatasetWarning:
    advice = (
        "An increasing id, a year or a date tells which rows are later, and a model learns nothing about its values to come: "
        "exclude it, or use what comes again, such as the month or the time since another date."
    )
    return _warning("outside training", name, split, message, advice, numbers)


def _warning(
    kind: WarningKind, name: str, split: SplitName, message: str, advice: str, numbers: dict[str, float]
) -> DatasetWarning:
    return DatasetWarning(
        kind=kind, severity="warning", message=message, advice=advice, numbers=numbers, feature=name, split=split
    )
