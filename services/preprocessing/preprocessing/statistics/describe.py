"""Published statistics, computed from accumulated sums and counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import datasketches
import numpy as np

from contracts.statistics import (
    Accuracy,
    CategoricalStatistics,
    DistinctSketch,
    ListStatistics,
    MissingAndLabel,
    NumericStatistics,
    QuantileSketch,
    RankHistogram,
    TopToken,
)
from preprocessing.kernels import exact_sums
from preprocessing.kernels.gather_present import INFINITE, MISSING, MISSING_POSITIVE, NAN
from preprocessing.statistics import distinct_counts
from preprocessing.statistics.analyze import RowSums
from preprocessing.statistics.distinct_counts import distinct_sketch
from preprocessing.statistics.distribution import Distribution
from preprocessing.statistics.numeric_columns import KLL_K, NumberState, NumberSums, counted_sums
from preprocessing.statistics.value_counts import CAPACITY
from preprocessing.vocabularies.staged_lists import ListSums
from preprocessing.vocabularies.token_sums import Frequencies, TokenSums

TOP_TOKENS = 20

_KLL_CONFIDENCE = 0.99
_SKETCHED = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)


def accuracy() -> Accuracy:
    """Return the error bounds of the estimates."""
    return Accuracy(
        exact_up_to=CAPACITY,
        kll_k=KLL_K,
        kll_rank_error=_rank_error(),
        kll_confidence=_KLL_CONFIDENCE,
        hll_lg_k=distinct_counts.LG_K,
        hll_relative_standard_error=distinct_counts.relative_standard_error(),
        hll_confidence=distinct_counts.CONFIDENCE,
    )


def _rank_error() -> float:
    return datasketches.kll_doubles_sketch.get_normalized_rank_error(KLL_K, False)  # noqa: FBT003 - the library takes no names


def missing_and_label(rows: RowSums, missing: int, missing_positives: int) -> MissingAndLabel:
    """Return the correlation of missing values with a binary label, computed exactly from four counts and rounded once."""
    present, positives = rows.rows - missing, rows.positives
    product = missing * present * positives * (rows.rows - positives)
    correlation = None
    if product:
        # phi = (n11 n - n1. n.1) / sqrt(n1. n0. n.1 n.0): Pearson's coefficient of two 0/1 columns (Yule, 1912).
        correlation = (missing_positives * rows.rows - missing * positives) / math.sqrt(product)
    return MissingAndLabel(
        mean_where_missing=missing_positives / missing if missing else None,
        mean_where_present=(positives - missing_positives) / present if present else None,
        correlation=correlation,
    )


def missing_and_number_label(
    rows: int, missing: int, total: int, where_missing: int, deviation: float | None
) -> MissingAndLabel:
    """Return the correlation of missing values with a regression's label. `total`, `where_missing`: exact sums of labels."""
    present = rows - missing
    there = _mean(total - where_missing, present)
    absent = _mean(where_missing, missing)
    correlation = None
    if there is not None and absent is not None and deviation:
        # Pearson's of a 0/1 column and a number, the point-biserial coefficient (Tate, 1954).
        correlation = (absent - there) * math.sqrt(missing * present) / (rows * deviation)
    return MissingAndLabel(mean_where_missing=absent, mean_where_present=there, correlation=correlation)


def _mean(total: int, count: int) -> float | None:
    return float(Fraction(total, 1 << exact_sums.SUM_BIAS) / count) if count else None


def categorical_statistics(tokens: TokenSums, rows: RowSums, lists: ListSums | None = None) -> CategoricalStatistics:
    """Return the statistics of a categorical column in one split.

    `lists`: of a column of lists, whose values are the tokens of all lists; rows are missing, not values.
    """
    there, positives = (tokens.count, tokens.positives) if lists is None else (lists.rows, lists.positives)
    missing = rows.rows - there
    top = tokens.top.slice(0, TOP_TOKENS).to_pylist()
    return CategoricalStatistics(
        count=tokens.count,
        missing=missing,
        missing_share=missing / rows.rows if rows.rows else None,
        distinct=tokens.distinct,
        average_length=tokens.length / tokens.count if tokens.count else None,
        invalid_utf8=tokens.invalid,
        top=[TopToken.of(token["token"], token["count"], token["positives"] / token["count"]) for token in top],
        ranks=_rank_histogram(tokens.frequencies, tokens.distinct),
        label=missing_and_label(rows, missing, rows.positives - positives),
        lists=None if lists is None else _list_statistics(lists),
    )


def _list_statistics(lists: ListSums) -> ListStatistics:
    return ListStatistics(
        count=lists.rows,
        empty=lists.empty,
        tokens=lists.tokens,
        mean=lists.tokens / lists.rows if lists.rows else None,
        shortest=lists.shortest if lists.rows else 0,
        longest=lists.longest,
    )


def _rank_histogram(frequencies: Frequencies, distinct_tokens: int) -> RankHistogram:
    ranks = [0, *(1 << bit for bit in range(distinct_tokens.bit_length())), distinct_tokens]
    edges = sorted({rank for rank in ranks if rank <= distinct_tokens})
    before = frequencies.values_before(np.array(edges, np.int64))
    return RankHistogram(ranks=edges, counts=np.diff(before).tolist())


def numeric_statistics(
    state: NumberState, split: int, rows: RowSums, quantiles: Sequence[float] = ()
) -> NumericStatistics:
    """Return the statistics of a numeric column in one split.

    The mean is exact, rounded to the nearest double; the deviation is the root of the exact variance. `quantiles`:
    probabilities of additional quantiles, besides those that are always published.
    """
    missing = state.missing[split].tolist()
    sums = counted_sums(state.values, split) if state.spread is None else state.spread[split].sums
    there = rows.rows - missing[MISSING]
    assert there == sums.count, "values are counted twice, and the counts must agree"
    fields: dict[str, Any] = {
        "count": sums.count,
        "missing": missing[MISSING],
        "missing_share": missing[MISSING] / rows.rows if rows.rows else None,
        "infinite": missing[INFINITE],
        "nan": missing[NAN],
        "zeros": sums.zeros,
        "negative": sums.negative,
        "label": missing_and_label(rows, missing[MISSING], missing[MISSING_POSITIVE]),
        **_distinct(state, split),
        **dict.fromkeys(("mean", "std", "min", "max")),
    }
    if sums.count:
        mean, std = _moments(sums)
        fields |= {"mean": mean, "std": std, "min": sums.low + 0.0, "max": sums.high + 0.0}
        fields |= _distribution(state, split, sums, quantiles)
    return NumericStatistics(**fields)


def _moments(sums: NumberSums) -> tuple[float, float]:
    mean = Fraction(sums.total, 1 << exact_sums.SUM_BIAS) / sums.count
    square = Fraction(sums.squares, 1 << exact_sums.SQUARE_BIAS) / sums.count
    return float(mean), _root(square - mean * mean)


def _root(square: Fraction) -> float:
    """Return the square root of an exact number, without intermediate overflow or underflow."""
    shift = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    scaled = square / Fraction(4) ** shift
    return math.ldexp(math.sqrt(scaled), shift)


def _distinct(state: NumberState, split: int) -> dict[str, int | DistinctSketch]:
    keys = int(np.count_nonzero(state.values.counts[:, split]))
    if state.spread is None:
        return {"distinct": keys}
    sketch = distinct_sketch(state.spread[split].registers, keys)
    return {"distinct": round(sketch.estimate), "distinct_sketch": sketch}


def _distribution(state: NumberState, split: int, sums: NumberSums, quantiles: Sequence[float]) -> dict[str, Any]:
    low, high = sums.low, sums.high
    distribution = Distribution.of(state.values, split, low, high)
    assert distribution is not None, "there are values, so they were counted"
    log1p_mean, log1p_std = distribution.log1p_moments()
    published = distribution.published_quantiles(quantiles)
    fields: dict[str, Any] = {
        "resolution": state.values.resolution,
        "median": published.at(0.5),
        "quantiles": published,
        "histogram": distribution.equal_widths(low, high),
        "quantile_histogram": distribution.equal_counts(low, high, published),
        "log1p_mean": log1p_mean,
        "log1p_std": log1p_std,
    }
    if state.spread is not None:
        fields["quantile_sketch"] = _quantile_sketch(state.spread[split].sketch, low, high)
    return fields


def _quantile_sketch(data: bytes, low: float, high: float) -> QuantileSketch:
    """Return quantiles whose true rank is within the sketch's bound, and the values at the bound's ends.

    The extremes are exact.
    """
    sketch = datasketches.kll_doubles_sketch.deserialize(data)
    error = _rank_error()

    def shifted(shift: float) -> list[float]:
        ranks = [p + shift for p in _SKETCHED]
        values = sketch.get_quantiles([min(max(rank, 0.0), 1.0) for rank in ranks])
        return [low if rank <= 0 else high if rank >= 1 else value for rank, value in zip(ranks, values, strict=True)]

    return QuantileSketch(
        probabilities=list(_SKETCHED), values=shifted(0.0), lower=shifted(-error), upper=shifted(error)
    )
