"""Drift of one column, computed from counts of its values here and there: the measures of `contracts.messages.comparisons`.

Only the more frequent tokens are stored; all the others are compared as one category.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from contracts.messages.comparisons import Categories, FeatureDrift, FeatureThresholds, Measure
from contracts.statistics import TokenCount
from sources.arrays import Float64s, Int64s, Uint64s
from sources.drift.distances import AlignedTokens, NumberCounts, align_numbers, align_tokens, distances

TOP = 20
"""Number of tokens to list of those that only one side has."""


Missing = tuple[float | None, float | None]
"""The missing values' share of the rows, here and there; None where there are no rows."""


@dataclass(frozen=True)
class TokenCounts:
    """The stored tokens of a column, by descending count, all above 0.

    `total`: number of values of these and of other tokens. `keys`: a key for each token, shared by the two sides of a
    comparison; see `drift.distances.align_tokens`.
    """

    tokens: pa.Array
    counts: Int64s
    total: int
    keys: Uint64s

    @property
    def rest(self) -> int:
        """Return the number of values whose tokens were not stored."""
        return self.total - int(self.counts.sum())


def judged(drift: FeatureDrift, limits: FeatureThresholds) -> FeatureDrift:
    """Return the drift with the thresholds that it exceeds."""
    here, there = drift.missing_share
    measured: dict[Measure, float | None] = {
        "l_infinity": drift.l_infinity,
        "jensen_shannon": drift.jensen_shannon,
        "missing_share": None if here is None or there is None else abs(here - there),
    }
    allowed: dict[Measure, float | None] = {
        "l_infinity": limits.l_infinity,
        "jensen_shannon": limits.jensen_shannon,
        "missing_share": limits.missing_share,
    }
    exceeded = [
        measure
        for measure, value in measured.items()
        if value is not None and (limit := allowed[measure]) is not None and value > limit
    ]
    return drift.model_copy(update={"exceeded": exceeded})


def numeric_drift(name: str, here: NumberCounts | None, there: NumberCounts | None, missing: Missing) -> FeatureDrift:
    """Compute the drift of numbers; if one side's counts were not stored, only that of the missing values."""
    if here is None or there is None:
        return FeatureDrift(
            feature=name,
            kind="numeric",
            l_infinity=None,
            l_infinity_at=None,
            jensen_shannon=None,
            missing_share=list(missing),
            exceeded=[],
        )
    aligned = align_numbers(here, there)
    binned = aligned.binned()
    distance = distances(binned.here, binned.there)
    return FeatureDrift(
        feature=name,
        kind="numeric",
        l_infinity=distance.l_infinity,
        l_infinity_at=None if distance.place is None else _bin(binned.lows, distance.place),
        jensen_shannon=distance.jensen_shannon,
        kolmogorov_smirnov=aligned.kolmogorov_smirnov(),
        missing_share=list(missing),
        exceeded=[],
    )


def _bin(lows: Float64s, place: int) -> str:
    """Return a bin's bounds as text: from its lower bound to the next bin's."""
    if place + 1 < len(lows):
        return f"[{lows[place]:g}, {lows[place + 1]:g})"
    return f"from {lows[place]:g}"


def categorical_drift(name: str, here: TokenCounts, there: TokenCounts, missing: Missing) -> FeatureDrift:
    """Compute the drift of tokens."""
    aligned = align_tokens(here.keys, here.counts, there.keys, there.counts)
    rest = [here.rest, there.rest]
    distance = distances(*with_the_rest(aligned, rest))
    return FeatureDrift(
        feature=name,
        kind="categorical",
        l_infinity=distance.l_infinity,
        l_infinity_at=_category(aligned, here.tokens, there.tokens, distance.place),
        jensen_shannon=distance.jensen_shannon,
        missing_share=list(missing),
        new=_only(here, aligned.here, aligned.place_here, aligned.place_there),
        vanished=_only(there, aligned.there, aligned.place_there, aligned.place_here),
        complete=not any(rest),
        exceeded=[],
    )


def with_the_rest(aligned: AlignedTokens, rest: list[int]) -> tuple[Int64s, Int64s]:
    """Return both sides' counts, followed by the count of all other tokens as one category.

    If one side's rarer tokens were not stored, a token that it lacks may be among them: the other side counts it there too.
    """
    here, there = np.append(aligned.here, rest[0]), np.append(aligned.there, rest[1])
    for side, place, missing in ((here, aligned.place_there, rest[1]), (there, aligned.place_here, rest[0])):
        if missing:
            unknown = np.flatnonzero(place < 0)
            side[-1] += side[unknown].sum()
            side[unknown] = 0
    return here, there


def _category(aligned: AlignedTokens, here: pa.Array, there: pa.Array, place: int | None) -> str | None:
    if place is None:
        return None
    if place == len(aligned.here):
        return "all others"
    index = int(aligned.place_here[place])
    token: bytes = here[index].as_py() if index >= 0 else there[int(aligned.place_there[place])].as_py()
    return token.decode(errors="replace")


def _only(side: TokenCounts, counts: Int64s, places: Int64s, others: Int64s) -> Categories:
    """Return the tokens that occur in one list and not in the other."""
    only = np.flatnonzero((places >= 0) & (others < 0))
    order = only[np.lexsort((places[only], -counts[only]))[:TOP]]
    return Categories(
        count=len(only),
        share=int(counts[only].sum()) / side.total if side.total else None,
        top=[TokenCount.of(side.tokens[int(places[i])].as_py(), int(counts[i])) for i in order],
    )
