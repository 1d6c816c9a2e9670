"""Distances between two distributions of a column: L-infinity, Jensen-Shannon and Kolmogorov-Smirnov.

With p and q the shares of each category, or of each bin of numbers, here and there:

- L-infinity: max |p_i - q_i|.
- Jensen-Shannon: (KL(p‖m) + KL(q‖m)) / 2 with m = (p + q) / 2 and KL(p‖m) = Σ p_i log2(p_i / m_i), from 0 to 1. Source: Lin,
  "Divergence Measures Based on the Shannon Entropy", 1991. TensorFlow Data Validation (`metrics.cc`) computes both so.
- Kolmogorov-Smirnov, for numbers: the largest difference of the two distribution functions.

Both sides share their bins by construction: counts of values (`contracts.dataset.value_counts`) are reduced to the coarser of
the two resolutions, and then merged into at most `BINS` bins with about equally many values of both sides. Nothing is
interpolated, and a column compared with itself has a distance of exactly 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.dataset.value_counts import PublishedCounts
from contracts.schema import SplitName
from sources.arrays import Float64s, Int64s, Uint64s
from sources.drift.sortable_keys import doubles, keys_of

BINS = 100


@dataclass(frozen=True)
class Distances:
    """Distances between two lists of counts by the same categories or bins; null if one list has no counts."""

    l_infinity: float | None
    place: int | None
    """Index of the category or bin that differs most; the first of equals."""
    jensen_shannon: float | None


def distances(here: Int64s, there: Int64s) -> Distances:
    """Compute distances between `here` and `there`: int64 counts by the same categories or bins."""
    if not here.sum() or not there.sum():
        return Distances(None, None, None)
    p, q = here / here.sum(), there / there.sum()
    apart = np.abs(p - q)
    place = int(np.argmax(apart))
    middle = (p + q) / 2
    divergence = (_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2
    return Distances(float(apart[place]), place, min(max(divergence, 0.0), 1.0))


def _kullback_leibler(p: Float64s, m: Float64s) -> float:
    there = p > 0
    return float(np.sum(p[there] * np.log2(p[there] / m[there])))


@dataclass(frozen=True)
class AlignedTokens:
    """Counts of the union of two token lists: int64 [tokens]; and each token's index in its own list, -1 if it is absent."""

    here: Int64s
    there: Int64s
    place_here: Int64s
    place_there: Int64s


def align_tokens(here: Uint64s, counts_here: Int64s, there: Uint64s, counts_there: Int64s) -> AlignedTokens:
    """Match tokens by their keys (uint64): a token's index in a shared dictionary, or its 64-bit hash.

    Sorts arrays, at some 80 bytes for each token, independent of its length. With twenty million tokens, a hash collision
    occurs in one of a hundred thousand such pairs of lists.
    """
    hashes_here, order_here = _sorted(here)
    hashes_there, order_there = _sorted(there)
    every = _union(hashes_here, hashes_there)
    place_here, place_there = _places(every, hashes_here, order_here), _places(every, hashes_there, order_there)
    return AlignedTokens(
        _counts_at(counts_here, place_here), _counts_at(counts_there, place_there), place_here, place_there
    )


def _union(here: Uint64s, there: Uint64s) -> Uint64s:
    """Return the sorted union of two ascending arrays."""
    every = np.concatenate([here, there])
    every.sort(kind="stable")  # finds the two ascending runs, and merges them
    return every[np.concatenate([[True], every[1:] != every[:-1]])] if len(every) else every


def _sorted(hashes: Uint64s) -> tuple[Uint64s, Int64s]:
    order = np.argsort(hashes)
    return hashes[order], order


def _places(every: Uint64s, hashes: Uint64s, order: Int64s) -> Int64s:
    places = np.full(len(every), -1, np.int64)
    places[np.searchsorted(every, hashes)] = order
    return places


def _counts_at(counts: Int64s, places: Int64s) -> Int64s:
    aligned = np.zeros(len(places), np.int64)
    aligned[places >= 0] = counts[places[places >= 0]]
    return aligned


@dataclass(frozen=True)
class AlignedNumbers:
    """Two columns' counts by shared, ascending intervals, and the lower bounds of these: arrays [intervals]."""

    here: Int64s
    there: Int64s
    lows: Float64s

    def kolmogorov_smirnov(self) -> float | None:
        """Return the largest difference of the two distribution functions; None if one side has no counts."""
        if not self.here.sum() or not self.there.sum():
            return None
        below = np.cumsum(self.here) / self.here.sum() - np.cumsum(self.there) / self.there.sum()
        return float(np.abs(below).max())

    def binned(self) -> AlignedNumbers:
        """Merge into at most `BINS` bins with about equally many values of both; a frequent value ends its bin."""
        if len(self.lows) <= BINS:
            return self
        shares = sum(counts / max(1, counts.sum()) for counts in (self.here, self.there))
        before = np.concatenate([[0.0], np.cumsum(shares)[:-1]]) / np.sum(shares)
        bins = np.minimum(np.floor(before * BINS), BINS - 1)
        starts = np.flatnonzero(np.concatenate([[True], bins[1:] != bins[:-1]]))
        return AlignedNumbers(
            np.add.reduceat(self.here, starts), np.add.reduceat(self.there, starts), self.lows[starts]
        )


@dataclass(frozen=True)
class NumberCounts:
    """Counts of each value or interval of a column: `keys` uint64, ascending, without their last `shift` bits."""

    shift: int
    keys: Uint64s
    counts: Int64s

    @classmethod
    def of(cls, lows: Float64s, counts: Int64s, shift: int) -> NumberCounts:
        """Build it from the lower bound of each interval, ascending, and its count; drops empty intervals."""
        there = counts > 0
        return cls(shift, keys_of(lows[there]) >> np.uint64(shift), counts[there])

    @classmethod
    def published(cls, stored: PublishedCounts, split: SplitName) -> NumberCounts:
        """Build it from the stored counts of one split."""
        return cls.of(stored.table.column("low").to_numpy(), stored.counts(split).to_numpy(), stored.shift)


def align_numbers(here: NumberCounts, there: NumberCounts) -> AlignedNumbers:
    """Align two columns' counts at the coarser of their resolutions."""
    shift = max(here.shift, there.shift)
    keys_here, keys_there = _coarser(here, shift), _coarser(there, shift)
    every = _union(keys_here, keys_there)
    return AlignedNumbers(
        _summed(every, keys_here, here.counts),
        _summed(every, keys_there, there.counts),
        doubles(every << np.uint64(shift)),
    )


def _coarser(counted: NumberCounts, shift: int) -> Uint64s:
    return counted.keys >> np.uint64(shift - counted.shift)


def _summed(every: Uint64s, keys: Uint64s, counts: Int64s) -> Int64s:
    summed = np.zeros(len(every), np.int64)
    np.add.at(summed, np.searchsorted(every, keys), counts)
    return summed
