"""Drift of a feature's values between splits, by their L-infinity distance.

For tokens, the distance of their shares; for numbers, of their cumulative shares, which is Smirnov's statistic. Both are computed
from the published statistics alone: the most frequent tokens, and the percentiles of numbers, so that a distance may be a percent
or two too small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import assert_never

import numpy as np

from contracts.dataset.warning import DatasetWarning
from contracts.schema import SplitName
from contracts.statistics import CategoricalStatistics, FeatureStatistics, NumericStatistics, Quantiles
from preprocessing.report.display_text import shown_token
from sources.arrays import Float64s

__all__ = ["cumulative_distance", "split_drift_warnings", "token_distance"]

DRIFT = 0.05
"""Distance that warns: one row in twenty has another value in the other split."""

TOKEN_DEVIATIONS = 5.0
"""Standard deviations that a token's difference must exceed: by chance, one in two million does, and there are many tokens."""

NUMBER_DEVIATIONS = 2.69
"""Times sqrt(1/n + 1/m): Smirnov's critical distance for a chance of one in a million, sqrt(-ln(1e-6 / 2) / 2)."""

PERCENTILE = 0.01
"""Resolution of the published percentiles: between two of them nothing is known."""


def split_drift_warnings(name: str, by_split: Mapping[SplitName, FeatureStatistics]) -> Iterator[DatasetWarning]:
    """Yield the warnings about one feature, comparing its statistics in every other split with the training split's."""
    train = by_split["train"]
    for split, other in by_split.items():
        if split == "train" or not train.count or not other.count:
            continue
        match train:
            case CategoricalStatistics():
                assert isinstance(other, CategoricalStatistics)
                yield from _tokens(name, split, train, other)
            case NumericStatistics():
                assert isinstance(other, NumericStatistics)
                yield from _numbers(name, split, train, other)
            case _:
                assert_never(train)


def token_distance(first: CategoricalStatistics, second: CategoricalStatistics) -> tuple[float, bytes]:
    """Return the largest |p(token) - q(token)| of the listed tokens, and that token; shares are of the values present.

    A token that only one top list holds is assumed to be at most as frequent in the other as the last token of its list.
    """
    shares = [_shares(first), _shares(second)]
    ends = [_share_of_unlisted(first), _share_of_unlisted(second)]
    best = (0.0, b"")
    for token in {**shares[0], **shares[1]}:
        pair = [share.get(token) for share in shares]
        if pair[0] is not None and pair[1] is not None:
            distance = abs(pair[0] - pair[1])
        elif pair[0] is not None:
            distance = max(pair[0] - ends[1], 0.0)
        else:
            distance = max((pair[1] or 0.0) - ends[0], 0.0)
        best = max(best, (distance, token))
    return best


def cumulative_distance(first: Quantiles, second: Quantiles) -> tuple[float, float]:
    """Return the largest |F(x) - G(x)| over all published quantiles x of both, and x; both are linear between quantiles."""
    places = np.unique(np.array([*first.values, *second.values], np.float64))
    best = (0.0, 0.0)
    for distances in np.abs(_cumulative(first, places) - _cumulative(second, places)):
        largest = int(np.argmax(distances))
        best = max(best, (float(distances[largest]), float(places[largest])))
    return best


def _cumulative(quantiles: Quantiles, places: Float64s) -> Float64s:
    """Return the share of values up to each place, [2, places]: excluding ties, and including them."""
    values, probabilities = np.array(quantiles.values, np.float64), np.array(quantiles.probabilities, np.float64)
    above = np.stack([np.searchsorted(values, places, side="left"), np.searchsorted(values, places, side="right")])
    low, high = np.maximum(above - 1, 0), np.minimum(above, len(values) - 1)
    # Halves: the distance between two doubles may be more than the largest double.
    begin = values[low] / 2
    step = values[high] / 2 - begin
    share = np.divide(places / 2 - begin, step, out=np.zeros_like(step), where=step > 0)
    inside = probabilities[low] + (probabilities[high] - probabilities[low]) * share
    return np.where(above == 0, 0.0, np.where(above == len(values), 1.0, inside))


def _shares(statistics: CategoricalStatistics) -> dict[bytes, float]:
    return {token.token: token.count / statistics.count for token in statistics.top}


def _share_of_unlisted(statistics: CategoricalStatistics) -> float:
    return (
        statistics.top[-1].count / statistics.count
        if statistics.top and len(statistics.top) < statistics.distinct
        else 0.0
    )


def _tokens(
    name: str, split: SplitName, train: CategoricalStatistics, other: CategoricalStatistics
) -> Iterator[DatasetWarning]:
    distance, token = token_distance(train, other)
    share = _shares(train).get(token, _share_of_unlisted(train))
    chance = math.sqrt(max(share, 1 / train.count) * (1 - min(share, 0.5)) * (1 / train.count + 1 / other.count))
    if distance >= DRIFT and distance > TOKEN_DEVIATIONS * chance:
        there = _shares(other).get(token, _share_of_unlisted(other))
        yield _warning(
            name,
            split,
            f"“{shown_token(token, 60)}” is {share:.1%} of the values in train and {there:.1%} in {split}.",
            distance,
        )


def _numbers(
    name: str, split: SplitName, train: NumericStatistics, other: NumericStatistics
) -> Iterator[DatasetWarning]:
    if train.quantiles is None or other.quantiles is None:
        return
    distance, place = cumulative_distance(train.quantiles, other.quantiles)
    chance = NUMBER_DEVIATIONS * math.sqrt(1 / train.count + 1 / other.count) + PERCENTILE
    if distance >= max(DRIFT, chance):
        yield _warning(
            name,
            split,
            f"The share of values up to {place:,.6g} differs by {distance:.1%} between train and {split} "
            f"(medians {train.quantiles.at(0.5):,.6g} and {other.quantiles.at(0.5):,.6g}).",
            distance,
        )


def _warning(name: str, split: SplitName, message: str, distance: float) -> DatasetWarning:
    return DatasetWarning(
        kind="drift between splits",
        severity="warning",
        message=f"{message} L-infinity distance {distance:.3f}.",
        advice="Splits by a hash differ if the groups of a split_key do, or there are few of them; splits by a column, a "
        "time or files differ with it. Metrics on this split are not representative of the data that the model was "
        "trained on.",
        numbers={"distance": distance, "threshold": DRIFT},
        feature=name,
        split=split,
    )
