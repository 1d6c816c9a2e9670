"""Correlations of features, estimated from the rows that a dataset keeps: enough for a person to see what moves together.

    two numbers                 Spearman's rank correlation
    two categorical features    Cramer's V, corrected for bias (Bergsma 2013)
    one of each                 the correlation ratio of ranks, corrected for bias (epsilon squared, Kelley 1935)

The label is compared with every feature as well, as a number or, of several classes, as a category. Ranks do not depend on a
feature's scale, and one far value does not decide. Rows in which either value is missing are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset.sample import Sample
from contracts.label_kinds import label_traits
from contracts.schema import Schema
from sources.arrays import Array

__all__ = ["Correlations", "Pair", "correlations"]

MOST_NUMBERS = 500
MOST_CATEGORICAL = 40
MOST_CATEGORIES = 20
FEWEST_ROWS = 30
WEAKEST = 0.3
"""Strength from which a pair is listed: among thousands of pairs of 200 rows, chance makes some of 0.25."""
WEAKEST_WITH_LABEL = 0.15
"""As `WEAKEST`, of the label: its pairs are as few as the features, and most good features are weak."""
SHOWN = 20
_LABEL = "\0label"
"""The label's name among the columns, which no feature has."""
MOST_IN_MATRIX = 12
_LOW, _HIGH = -1.0, 1.0


@dataclass(frozen=True)
class Pair:
    """Two features. `strength`: from -1 to 1 of two numbers, else from 0 to 1."""

    first: str
    second: str
    measure: str
    strength: float
    rows: int


@dataclass(frozen=True)
class Correlations:
    """The strongest pairs first, and the matrix of the numbers where these are few."""

    rows: int
    with_label: list[Pair]
    """Each feature whose correlation with the label is as strong as `WEAKEST_WITH_LABEL`, as `first`; at most `SHOWN`."""
    pairs: list[Pair]
    more: int
    """Pairs as strong as `WEAKEST` that are not among `pairs`."""
    names: list[str]
    """Numbers of the matrix; empty where there is none."""
    matrix: list[list[float | None]]
    left_out: int
    """Features that were not compared: too many, or too many categories."""


def correlations(sample: Sample, schema: Schema) -> Correlations | None:
    """Estimate the correlations from the sample's training rows; None for too few rows or features.

    Without the label where the sample has none.
    """
    rows = np.flatnonzero(sample.codes == 1)
    if len(rows) < FEWEST_ROWS or len(schema.features) < 2:
        return None
    features = sample.features.take(pa.array(rows))
    kinds = {name: feature.kind for name, feature in schema.features.items()}
    numbers = [name for name in kinds if kinds[name] == "numeric"]
    tokens = {name: _codes(features.column(name)) for name in kinds if kinds[name] != "numeric"}
    few = [name for name, codes in tokens.items() if 2 <= codes.max(initial=-1) + 1 <= MOST_CATEGORIES]
    compared, few = numbers[:MOST_NUMBERS], few[:MOST_CATEGORICAL]
    columns = {name: _ranks(_numbers(features.column(name))) for name in compared}
    categories = {name: tokens[name] for name in few}
    if sample.labels is not None and label_traits(schema.label.kind).has_classes:
        categories[_LABEL] = sample.labels[rows].astype(np.int64)
    elif sample.labels is not None:
        columns[_LABEL] = _ranks(sample.labels[rows])
    ranks = np.stack([*columns.values()], axis=1) if columns else np.empty((len(rows), 0))
    strengths, counts = _rank_correlations(ranks)
    pairs = [
        *_of_numbers([*columns], strengths, counts),
        *_of_categories(categories),
        *(pair for name, codes in categories.items() for pair in _of_both(name, codes, [*columns], ranks)),
    ]
    pairs.sort(key=lambda pair: -abs(pair.strength))
    of_label = [_label_last(pair) for pair in pairs if _LABEL in {pair.first, pair.second}]
    strong = [pair for pair in pairs if abs(pair.strength) >= WEAKEST and _LABEL not in {pair.first, pair.second}]
    in_matrix = compared if 2 <= len(compared) <= MOST_IN_MATRIX else []
    return Correlations(
        rows=len(rows),
        with_label=[pair for pair in of_label if abs(pair.strength) >= WEAKEST_WITH_LABEL][:SHOWN],
        pairs=strong[:SHOWN],
        more=max(len(strong) - SHOWN, 0),
        names=in_matrix,
        matrix=_matrix(strengths[: len(in_matrix), : len(in_matrix)]),
        left_out=len(kinds) - len(compared) - len(few),
    )


def _matrix(strengths: Array) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in strengths]


def _label_last(pair: Pair) -> Pair:
    return replace(pair, first=pair.second, second=pair.first) if pair.first == _LABEL else pair


def _numbers(column: pa.Array[Any]) -> Array:
    """Return a column as float64, NaN where missing."""
    return cast("Array", column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _codes(column: pa.Array[Any]) -> Array:
    """Return the index of each token among the distinct ones, -1 where missing."""
    indices = pc.fill_null(column.dictionary_encode().indices, -1)
    return cast("Array", indices.to_numpy(zero_copy_only=False)).astype(np.int64)


def _ranks(values: Array) -> Array:
    """Return the mean rank of each number among those that are there, NaN where missing or not finite."""
    there = np.isfinite(values)
    _, places, counts = np.unique(values[there], return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = np.full(len(values), np.nan)
    ranks[there] = (ends - (counts - 1) / 2)[places]
    return ranks


def _rank_correlations(ranks: Array) -> tuple[Array, Array]:
    """Return the correlation of each two columns over the rows that have both, [columns, columns], and the numbers of rows."""
    there = ~np.isnan(ranks)
    present, zero = there.astype(np.float64), np.where(there, ranks, 0.0)
    rows = present.T @ present
    with np.errstate(divide="ignore", invalid="ignore"):
        sums, squares, products = zero.T @ present, (zero**2).T @ present, zero.T @ zero
        variance = squares - sums**2 / rows
        strengths = (products - sums * sums.T / rows) / np.sqrt(variance * variance.T)
    usable = (rows >= FEWEST_ROWS) & (variance > 1e-9 * squares) & (variance.T > 1e-9 * squares.T)
    return np.where(usable, np.clip(strengths, _LOW, _HIGH), np.nan), rows


def _of_numbers(names: list[str], strengths: Array, rows: Array) -> Iterator[Pair]:
    for first, second in np.argwhere(np.triu(np.abs(np.nan_to_num(strengths)) >= WEAKEST_WITH_LABEL, 1)):
        yield Pair(
            names[first],
            names[second],
            "rank correlation",
            float(strengths[first, second]),
            int(rows[first, second]),
        )


def _of_categories(columns: dict[str, Array]) -> Iterator[Pair]:
    names = [*columns]
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            both = (columns[first] >= 0) & (columns[second] >= 0)
            strength = _cramers_v(columns[first][both], columns[second][both])
            if strength is not None:
                yield Pair(first, second, "Cramér's V", strength, int(both.sum()))


def _cramers_v(first: Array, second: Array) -> float | None:
    rows = len(first)
    if rows < FEWEST_ROWS:
        return None
    (_, ours), (_, theirs) = (np.unique(codes, return_inverse=True) for codes in (first, second))
    here, there = ours.max() + 1, theirs.max() + 1
    if min(here, there) < 2:
        return None
    counts = np.bincount(ours * there + theirs, minlength=here * there).reshape(here, there)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / rows
    phi = ((counts - expected) ** 2 / expected).sum() / rows
    corrected = max(phi - (here - 1) * (there - 1) / (rows - 1), 0.0)
    least = min(here - (here - 1) ** 2 / (rows - 1), there - (there - 1) ** 2 / (rows - 1)) - 1
    return float(min(np.sqrt(corrected / least), 1.0)) if least > 0 else None


def _of_both(name: str, codes: Array, numbers: list[str], ranks: Array) -> Iterator[Pair]:
    there = ~np.isnan(ranks) & (codes >= 0)[:, np.newaxis]
    groups = (codes[:, np.newaxis] == np.arange(codes.max() + 1)).astype(np.float64)
    values, present = np.where(there, ranks, 0.0), there.astype(np.float64)
    rows, sums = groups.T @ present, groups.T @ values
    total = present.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = values.sum(axis=0) / total
        between = np.where(rows > 0, rows * (sums / np.where(rows > 0, rows, 1) - mean) ** 2, 0.0).sum(axis=0)
        whole = (present * (values - mean) ** 2).sum(axis=0)
        share = 1 - (1 - between / whole) * (total - 1) / (total - (rows > 0).sum(axis=0))
    usable = (total >= FEWEST_ROWS) & (whole > 0) & ((rows > 0).sum(axis=0) >= 2)
    for column in np.flatnonzero(usable):
        strength = float(np.sqrt(np.clip(share[column], 0.0, 1.0)))
        yield Pair(name, numbers[column], "correlation ratio", strength, int(total[column]))
