"""Quantiles, histograms and moments of one split of a numeric column, from its counts by value.

Values that were counted by interval are assumed uniform within it, so the error is bounded by the width of the intervals
(`ValueCounts.resolution`). The results depend on the counts alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contracts.statistics import Histogram, Quantiles
from preprocessing.statistics.value_counts import ValueCounts
from sources.arrays import Float64s, Int64s

EQUAL_WIDTHS = 32
EQUAL_COUNTS = 20
TAILS = (0.001, 0.005, 0.995, 0.999)


@dataclass(frozen=True)
class Distribution:
    """Intervals of values in ascending order: float64 [n] `lows` and `highs`, int64 [n] positive `counts`; n is not 0."""

    lows: Float64s
    highs: Float64s
    counts: Int64s

    @classmethod
    def of(cls, counted: ValueCounts, split: int, least: float, greatest: float) -> Distribution | None:
        """Return one split's values, clipped to `least` and `greatest`, their known extremes; None for an empty split."""
        there = np.flatnonzero(counted.counts[:, split])
        if not len(there):
            return None
        lows, counts = counted.lows[there], counted.counts[there, split]
        lows = np.minimum(np.maximum(lows, least), greatest)
        if counted.shift == 0:
            return cls(lows, lows, counts)
        return cls(lows, np.minimum(np.maximum(counted.highs[there], least), greatest), counts)

    @property
    def values(self) -> Float64s:
        """The midpoint of each interval."""
        return self.lows + (self.highs - self.lows) / 2

    def quantiles(self, probabilities: Sequence[float]) -> Float64s:
        """Return quantiles by linear interpolation between the two nearest values, as NumPy and pandas do.

        Type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996.
        """
        ends = np.cumsum(self.counts)
        last = int(ends[-1]) - 1
        places = np.asarray(probabilities, np.float64) * last
        below = np.floor(places)
        first = self._at_ranks(below.astype(np.int64), ends)
        second = self._at_ranks(np.minimum(below + 1, last).astype(np.int64), ends)
        return np.minimum(first + (second - first) * (places - below), second)

    def _at_ranks(self, ranks: Int64s, ends: Int64s) -> Float64s:
        """Return the values at these ranks, from 0."""
        intervals = np.searchsorted(ends, ranks, side="right")
        counts = self.counts[intervals]
        share = (ranks - (ends[intervals] - counts) + 0.5) / counts
        return self.lows[intervals] + (self.highs[intervals] - self.lows[intervals]) * share

    def published_quantiles(self, more: Sequence[float] = ()) -> Quantiles:
        """Return every percentile, the tails, and the quantiles of the additional probabilities `more`."""
        probabilities = sorted({*(percent / 100 for percent in range(101)), *TAILS, *more})
        return Quantiles(probabilities=probabilities, values=self.quantiles(probabilities).tolist())

    def histogram(self, edges: Float64s) -> Histogram:
        """Count values between ascending edges that begin and end with the extremes; an interval counts at its midpoint."""
        places = np.searchsorted(edges, self.values, side="right") - 1
        places = np.minimum(np.maximum(places, 0), len(edges) - 2)
        counts = np.zeros(len(edges) - 1, np.int64)
        np.add.at(counts, places, self.counts)
        return Histogram(edges=edges.tolist(), counts=counts.tolist())

    def equal_widths(self, least: float, greatest: float) -> Histogram:
        """Return a histogram of `EQUAL_WIDTHS` equal buckets; of a single bucket where all values are equal."""
        edges = np.unique(np.linspace(least, greatest, EQUAL_WIDTHS + 1))
        return self.histogram(edges if least < greatest else np.array([least, greatest]))

    def equal_counts(self, least: float, greatest: float, published: Quantiles) -> Histogram:
        """Return a histogram of up to `EQUAL_COUNTS` buckets, with edges at distinct quantiles, all of them `published`."""
        inner = [published.at(i / EQUAL_COUNTS) for i in range(1, EQUAL_COUNTS)]
        edges = np.unique(np.concatenate([[least], inner, [greatest]]))
        return self.histogram(edges if least < greatest else np.array([least, greatest]))

    def log1p_moments(self) -> tuple[float, float]:
        """Return mean and population deviation of sign(x)·ln(1 + |x|); sums are rounded once (`math.fsum`)."""
        values = self.values
        logs = np.copysign(np.log1p(np.abs(values)), values)
        total = int(self.counts.sum())
        mean = math.fsum((self.counts * logs).tolist()) / total
        return mean, math.sqrt(math.fsum((self.counts * (logs - mean) ** 2).tolist()) / total)
