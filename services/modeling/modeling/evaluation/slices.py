"""Metrics of the rows that share a value of a categorical feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from contracts.label_kinds import label_traits
from contracts.messages.evaluation import Slice, SliceGroup
from contracts.schema import LabelKind
from modeling.label_kinds import labels_of_kind
from sources.arrays import Array

MOST_VALUES = 10
"""Values of a feature that have a row of their own; the most frequent in the test split."""
DEFAULT_SLICES = 3
SMALL_VOCABULARY = 20
"""By default, the first few features with at most this many tokens are sliced by."""

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

    def group(
        of: Literal["value", "missing", "out_of_vocabulary", "other"], rows: Array, value: str | None
    ) -> SliceGroup:
        some = bool(rows.any()) and label_traits(kind).has_mean
        of_rows = None if weights is None else weights[rows]
        some = some and (of_rows is None or bool(of_rows.any()))
        return SliceGroup(
            of=of,
            value=value,
            metrics=labels_of_kind(kind).score(labels[rows], predictions[rows], of_rows),
            mean_label=float(np.average(labels[rows].astype(np.float64), weights=of_rows)) if some else None,
            mean_prediction=float(np.average(predictions[rows].astype(np.float64), weights=of_rows)) if some else None,
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
