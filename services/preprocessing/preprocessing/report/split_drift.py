"""Whether a feature's values differ between splits: by their L-infinity distance.

For tokens it is that of their shares, for numbers that of their cumulative shares, which is Smirnov's statistic. Both come from
the published statistics alone: of tokens the most frequent ones, of numbers the percentiles, so that a distance may be a percent
or two too small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import assert_never

import numpy as np
import numpy.typing as npt

from contracts.schema import SplitName
from contracts.statistics import CategoricalStatistics, FeatureStatistics, NumericStatistics, Quantiles
from preprocessing.report.data_warning import DataWarning
from preprocessing.report.display_text import shown_token

__all__ = ["cumulative_distance", "split_drift_warnings", "token_distance"]

DRIFT = 0.05
"""Distance from which on one row in twenty lies elsewhere in the other split."""

TOKEN_DEVIATIONS = 5.0
"""Standard deviations of chance that a token's difference must exceed: one in two million does, and there are many tokens."""

NUMBER_DEVIATIONS = 2.69
"""Times sqrt(1/n + 1/m): Smirnov's critical distance for a chance of one in a million, sqrt(-ln(1e-6 / 2) / 2)."""

PERCENTILE = 0.01
"""What is between two published percentiles is not known."""

Float64s = npt.NDArray[np.float64]


def split_drift_warnings(name: str, found: Mapping[SplitName, FeatureStatistics]) -> Iterator[DataWarning]:
    """About one feature, of which each split has its statistics: the others against the training split."""
    train = found["train"]
    for split, other in found.items():
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
    """The largest |p(token) - q(token)| of the tokens known of both, and the token; shares are of the values that are there.

    A token that only one top list holds is taken as that frequent in the other as the last one of its list, at most.
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
    """The largest |F(x) - G(x)| over all published quantiles x of both, and x; the functions are linear between quantiles."""
    places = np.unique(np.array([*first.values, *second.values], np.float64))
    best = (0.0, 0.0)
    for side in ("left", "right"):
        distances = np.abs(_cumulative(first, places, side) - _cumulative(second, places, side))
        at = int(np.argmax(distances))
        best = max(best, (float(distances[at]), float(places[at])))
    return best


def _cumulative(found: Quantiles, places: Float64s, side: str) -> Float64s:
    """The share of values up to a place: with it (`right`) or without it (`left`), where many values are the same."""
    values, probabilities = np.array(found.values, np.float64), np.array(found.probabilities, np.float64)
    above = np.searchsorted(values, places, side="right" if side == "right" else "left")
    low, high = np.clip(above - 1, 0, len(values) - 1), np.clip(above, 0, len(values) - 1)
    # Halves: the distance between two doubles may be more than the largest double.
    step = values[high] / 2 - values[low] / 2
    share = np.divide(places / 2 - values[low] / 2, step, out=np.zeros_like(places), where=step > 0)
    inside = probabilities[low] + (probabilities[high] - probabilities[low]) * share
    return np.where(above == 0, 0.0, np.where(above == len(values), 1.0, inside))


def _shares(found: CategoricalStatistics) -> dict[bytes, float]:
    return {token.token: token.count / found.count for token in found.top}


def _share_of_unlisted(found: CategoricalStatistics) -> float:
    return found.top[-1].count / found.count if found.top and len(found.top) < found.distinct else 0.0


def _tokens(
    name: str, split: SplitName, train: CategoricalStatistics, other: CategoricalStatistics
) -> Iterator[DataWarning]:
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


def _numbers(name: str, split: SplitName, train: NumericStatistics, other: NumericStatistics) -> Iterator[DataWarning]:
    if train.quantiles is None or other.quantiles is None:
        return
    distance, at = cumulative_distance(train.quantiles, other.quantiles)
    chance = NUMBER_DEVIATIONS * math.sqrt(1 / train.count + 1 / other.count) + PERCENTILE
    if distance >= max(DRIFT, chance):
        yield _warning(
            name,
            split,
            f"The share of values up to {at:,.6g} differs by {distance:.1%} between train and {split} "
            f"(medians {train.quantiles.at(0.5):,.6g} and {other.quantiles.at(0.5):,.6g}).",
            distance,
        )


def _warning(name: str, split: SplitName, message: str, distance: float) -> DataWarning:
    return DataWarning(
        "drift between splits",
        "warning",
        f"{message} L-infinity distance {distance:.3f}.",
        "Rows are divided by a hash, so groups of a split_key differ, or there are few of them; metrics on this split say little "
        "about the data that the model learned from.",
        {"distance": distance, "threshold": DRIFT},
        name,
        split,
    )
