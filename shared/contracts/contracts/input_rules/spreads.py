"""Spread of numeric model inputs in the training split: bins and a robust scale, which a network sees next to the number.

Both are in the unit of the input, as `contracts.input_rules` scales it, so that a network finds a number's bin in what every
kind of records has.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from contracts.features import Numeric
from contracts.features.float32 import float32
from contracts.input_rules.numeric import SMALLEST_DIVISOR, NumericInput, number_rule, scaled
from contracts.schema import Schema
from contracts.statistics import NumericStatistics, Statistics

_EDGE = 0.01
"""Width of the bins around a frequent value, as a share of the distance to the next quantile."""
_LEAST_WIDTH = 1e-5
"""Bins narrower than this share of their bounds' magnitude, at least 1, join their neighbour: float32 could not place a value."""


@dataclass(frozen=True)
class NumberSpread:
    """Spread of one numeric input: ascending bounds of its bins, float32s, and its median and interquartile range."""

    bounds: tuple[float, ...] = ()
    median: float = 0.0
    range: float = 1.0
    """Half the distance from minimum to maximum where the quartiles are one value; 1 where these are as well."""


def number_spreads(schema: Schema, statistics: Statistics, bins: int) -> list[NumberSpread]:
    """Return the spread of each of `schema.number_inputs` that is a scaled number, in order.

    `bins`: bins with about equally many training rows. A value that is many rows by itself is a bound with a narrow bin to either
    side, so that it is distinct from its neighbours. A column that is constant or without values, or whose statistics have no
    quantiles, has no bounds, the median 0 and the range 1.
    """
    spreads: list[NumberSpread] = []
    for name, feature in schema.of_kind(Numeric).items():
        training = statistics.numeric(name)
        rule = number_rule(name, feature, training, bounded=statistics.has_bounds)
        if isinstance(rule, NumericInput):
            spreads.append(_spread(rule, training, bins))
    return spreads


def _spread(rule: NumericInput, statistics: NumericStatistics, bins: int) -> NumberSpread:
    if statistics.quantiles is None or not statistics.count:
        return NumberSpread()
    values = [statistics.quantiles.at(position / bins) for position in range(bins + 1)]
    bounds: list[float] = []
    for value in (float32(scaled(rule, value)) for value in _with_edges(values)):
        if not bounds or value - bounds[-1] > _LEAST_WIDTH * max(abs(value), 1.0):
            bounds.append(value)
    if len(bounds) < 2:
        return NumberSpread()
    quartiles = [scaled(rule, statistics.quantiles.at(share)) for share in (0.25, 0.5, 0.75)]
    middle = quartiles[2] - quartiles[0]
    return NumberSpread(
        tuple(bounds), quartiles[1], middle if middle >= SMALLEST_DIVISOR else (bounds[-1] - bounds[0]) / 2
    )


def _with_edges(quantiles: list[float]) -> list[float]:
    """Return ascending values, each once, with one more to either side of those that repeat.

    >>> _with_edges([0.0, 0.0, 0.0, 1.0, 2.0])
    [0.0, 0.01, 1.0, 2.0]
    """
    counts = Counter(quantiles)
    distinct = sorted(counts)
    edges = set(distinct)
    for below, above in pairwise(distinct):
        if counts[below] > 1:
            edges.add(below + _EDGE * (above - below))
        if counts[above] > 1:
            edges.add(above - _EDGE * (above - below))
    return sorted(edges)
