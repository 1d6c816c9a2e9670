"""Bins of numeric model inputs, from the quantiles of the training split: what a network sees next to the scaled number.

Bounds are in the unit of the input, as `contracts.input_rules` scales it, so that a network finds a number's bin in what every
kind of records has.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from contracts.features import Numeric
from contracts.features.float32 import float32
from contracts.input_rules.numeric import NumericInput, number_rule, scaled
from contracts.schema import Schema
from contracts.statistics import NumericStatistics, Statistics

Bounds = tuple[float, ...]

_EDGE = 0.01
"""Width of the bins around a frequent value, as a share of the distance to the next quantile."""
_LEAST_WIDTH = 1e-5
"""Bins narrower than this share of their bounds' magnitude, at least 1, join their neighbour: float32 could not place a value."""


def number_bins(schema: Schema, statistics: Statistics, bins: int) -> list[Bounds]:
    """Return ascending bounds for each of `schema.number_inputs` that is a scaled number, in order: float32s.

    `bins`: bins with about equally many training rows. A value that is many rows by itself is a bound with a narrow bin to either
    side, so that it is told from its neighbours. None (an empty tuple) for a column that is constant or without values, or whose
    statistics have no quantiles.
    """
    found: list[Bounds] = []
    for name, feature in schema.of_kind(Numeric).items():
        training = statistics.numeric(name)
        rule = number_rule(name, feature, training, bounded=statistics.has_bounds)
        if isinstance(rule, NumericInput):
            found.append(_bounds(rule, training, bins))
    return found


def _bounds(rule: NumericInput, statistics: NumericStatistics, bins: int) -> Bounds:
    if statistics.quantiles is None or not statistics.count:
        return ()
    values = [statistics.quantiles.at(position / bins) for position in range(bins + 1)]
    inputs = [float32(scaled(rule, value)) for value in _with_edges(values)]
    bounds: list[float] = []
    for value in inputs:
        if not bounds or value - bounds[-1] > _LEAST_WIDTH * max(abs(value), 1.0):
            bounds.append(value)
    return tuple(bounds) if len(bounds) > 1 else ()


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
