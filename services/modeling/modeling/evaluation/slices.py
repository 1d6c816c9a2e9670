"""Metrics of the rows that share a value of a categorical feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Literal

import numpy as np

from contracts.label_kinds import label_traits
from contracts.messages.evaluation import Difference, Slice, SliceGroup
from contracts.messages.metrics import Interval, MetricName
from contracts.schema import LabelKind
from modeling.label_kinds import labels_of_kind
from sources.arrays import Array

MOST_VALUES = 10
"""Values of a feature that have a row of their own; the most frequent in the test split."""
DEFAULT_SLICES = 3
SMALL_VOCABULARY = 20
"""By default, the first few features with at most this many tokens are sliced by."""
ENOUGH_ROWS = 50
"""Rows from which on the mean of a group has an interval: of fewer, a normal distribution is no good approximation."""
_Z = 1.959963984540054

Of = Literal["value", "missing", "out_of_vocabulary", "other"]


@dataclass(frozen=True)
class Tokens:
    """Tokens of the ids of a categorical feature. Ids below `first` have no token: 0 is missing, the others are unknown."""

    feature: str
    first: int
    tokens: Sequence[bytes]

    def text(self, category: int) -> str:
        """Return the token of an id as text; a byte that is not UTF-8 is written as a backslash, `x` and two hex digits."""
        return self.tokens[category - self.first].decode(errors="backslashreplace")


def slice_by(
    tokens: Tokens, ids: Array, kind: LabelKind, labels: Array, predictions: Array, weights: Array | None = None
) -> Slice:
    """Slice the split by the ids of one feature, int [rows]: frequent values first, then missing, unknown, and the rest.

    Means and metrics are weighted where rows have weights; there is no mean of classes.
    """
    present, counts = np.unique(ids, return_counts=True)
    named = present >= tokens.first
    order = np.lexsort((present[named], -counts[named]))[:MOST_VALUES]
    top = present[named][order]
    compared = _Compared(kind, labels, predictions, weights)

    def group(
        of: Literal["value", "missing", "out_of_vocabulary", "other"], rows: Array, value: str | None
    ) -> SliceGroup:
        some = bool(rows.any()) and label_traits(kind).has_mean
        of_rows = None if weights is None else weights[rows]
        intervals, differences = compared.group(rows)
        some = some and (of_rows is None or bool(of_rows.any()))
        return SliceGroup(
            of=of,
            value=value,
            metrics=labels_of_kind(kind).score(labels[rows], predictions[rows], of_rows),
            mean_label=float(np.average(labels[rows].astype(np.float64), weights=of_rows)) if some else None,
            mean_prediction=float(np.average(predictions[rows].astype(np.float64), weights=of_rows)) if some else None,
            intervals=intervals,
            differences=differences,
        )

    groups = [group("value", ids == category, tokens.text(int(category))) for category in top]
    rest = ids >= tokens.first
    rest &= ~np.isin(ids, top)
    others: list[tuple[Of, Array]] = [
        ("missing", ids == 0),
        ("out_of_vocabulary", (ids > 0) & (ids < tokens.first)),
        ("other", rest),
    ]
    groups += [group(of, rows, None) for of, rows in others if rows.any()]
    return Slice(feature=tokens.feature, groups=groups)


class _Compared:
    """Means of groups with 95 % intervals, and their differences from the whole, by a normal approximation.

    A group is part of the whole, so its difference is the share of the other rows times its difference from these, whose
    means are independent of its own. Of a metric that is a mean's root, the interval is the root's, and the difference's
    error is that of the mean by the delta method.
    """

    def __init__(self, kind: LabelKind, labels: Array, predictions: Array, weights: Array | None) -> None:
        self._rows = labels_of_kind(kind).row_means(labels, predictions)
        self._weights = np.ones(len(labels)) if weights is None else weights.astype(np.float64)

    def group(self, rows: Array) -> tuple[dict[MetricName, Interval], dict[MetricName, Difference]]:
        """Return intervals and differences by metric; none for too few rows, or rows without weight."""
        intervals: dict[MetricName, Interval] = {}
        differences: dict[MetricName, Difference] = {}
        if rows.sum() < ENOUGH_ROWS or not self._weights[rows].sum():
            return intervals, differences
        for name, values in self._rows.values.items():
            mean, error = _mean_and_error(values[rows], self._weights[rows])
            low, high = max(mean - _Z * error, 0.0), mean + _Z * error
            if name in self._rows.roots:
                low, high = low**0.5, high**0.5
            elif name.endswith("accuracy"):
                high = min(high, 1.0)
            intervals[name] = Interval(low=low, high=high)
            differences[name] = self._difference(values, rows, mean, error, is_root=name in self._rows.roots)
        return intervals, differences

    def _difference(self, values: Array, rows: Array, mean: float, error: float, *, is_root: bool) -> Difference:
        whole, rest = float(np.average(values, weights=self._weights)), float(self._weights[~rows].sum())
        rest_error = _mean_and_error(values[~rows], self._weights[~rows])[1] if rest else 0.0
        value, half = mean - whole, _Z * rest / float(self._weights.sum()) * hypot(error, rest_error)
        if is_root:
            value = mean**0.5 - whole**0.5
            half /= (mean**0.5 + whole**0.5) or 1.0
        return Difference(value=value, interval=Interval(low=value - half, high=value + half))


def _mean_and_error(values: Array, weights: Array) -> tuple[float, float]:
    """Return the weighted mean of rows and its standard error, that of a sample of independent rows."""
    scale = float(values.max()) or 1.0  # squares of squared errors may be more than the largest double
    mean = float(np.average(values / scale, weights=weights))
    squares = float((weights**2 * (values / scale - mean) ** 2).sum())
    return mean * scale, squares**0.5 / float(weights.sum()) * scale
