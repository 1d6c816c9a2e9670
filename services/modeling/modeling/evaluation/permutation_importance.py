"""Permutation importance: by how much metrics worsen when a feature is shuffled (Breiman 2001; Fisher et al. 2019).

Shuffling happens where a feature enters: its raw column, or, if records hold only model inputs, all inputs made from it.
Features that are correlated with others look less important than they are, since the model still has the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from contracts.label_kinds import label_traits
from contracts.messages.evaluation import FeatureImportance, Importance, Worsening
from contracts.messages.metrics import HIGHER_IS_BETTER, MetricName, Metrics
from contracts.schema import LabelKind, Schema
from modeling.feature_kinds.raw_values import RawColumns
from modeling.label_kinds import labels_of_kind
from sources.arrays import Array

MOST_PREDICTIONS = 2_000_000
"""Rows that are predicted over all features and repeats; past it, fewer rows are shuffled."""

Predict = Callable[[Array, Array], Array]
"""From `numeric` and `categorical`, as they were sampled, to predictions."""


@dataclass(frozen=True)
class Columns:
    """Columns of `numeric` and of `categorical` that a feature occupies."""

    numeric: list[int]
    categorical: list[int]


def input_columns(schema: Schema, *, is_final: bool) -> dict[str, Columns]:
    """Return the columns of each feature in the tensors that records hold: raw ones, or the model's inputs.

    Of the model's inputs, a feature's own are its number or its id, its indicator, and the crosses that it is part of, which
    cannot be recomputed and so are shuffled whole.
    """
    if not is_final:
        columns = RawColumns.of(schema)
        return {
            name: Columns(*([names.index(name)] if name in names else [] for names in columns))
            for name in schema.features
        }
    numbers, ids = schema.number_inputs, schema.id_inputs
    crosses: dict[str, list[str]] = {name: [] for name in schema.features}
    for cross in schema.crosses:
        for name in cross.features:
            crosses[name].append(cross.name)
    return {
        name: Columns(
            [numbers.index(made) for made in (*feature.number_inputs(name), *feature.indicator_inputs(name))],
            [ids.index(made) for made in (*feature.id_inputs(name), *crosses[name])],
        )
        for name, feature in schema.features.items()
    }


class RowSample:
    """A uniform sample of at most `max_rows` of all rows added; the seed determines it."""

    def __init__(self, max_rows: int, seed: int) -> None:
        self._max_rows = max_rows
        self._generator = np.random.default_rng(seed)
        self._kept: tuple[Array, ...] = ()
        self._keys = np.empty(0)

    def add(self, *parts: Array) -> None:
        """Add rows, [rows, …] each."""
        keys = self._generator.random(len(parts[0]))
        all_keys = np.concatenate([self._keys, keys])
        chosen = np.sort(np.argsort(all_keys, kind="stable")[: self._max_rows])
        merged = [np.concatenate(pair) for pair in zip(self._kept, parts, strict=True)] if self._kept else parts
        self._keys, self._kept = all_keys[chosen], tuple(part[chosen] for part in merged)

    @property
    def rows(self) -> tuple[Array, ...]:
        """The sampled rows, in the order added; empty before the first."""
        return self._kept


def sample_size(rows: int, features: int, repeats: int) -> int:
    """Return the number of rows that can be shuffled at a bounded cost."""
    return min(rows, max(MOST_PREDICTIONS // max(features * repeats, 1), 1))


def permutation_importance(
    kind: LabelKind, sample: RowSample, columns: dict[str, Columns], predict: Predict, repeats: int, seed: int
) -> Importance | None:
    """Shuffle each feature `repeats` times; None where the sample is empty.

    The sample holds `numeric`, `categorical`, the label and, where rows have one, the weight.
    """
    if not sample.rows or not len(sample.rows[2]):
        return None
    numeric, categorical, labels, *rest = sample.rows
    weights = rest[0] if rest else None
    score = labels_of_kind(kind).score
    whole = score(labels, predict(numeric, categorical), weights)
    generator = np.random.default_rng(seed)
    features: list[FeatureImportance] = []
    for feature, places in columns.items():
        shuffled: list[dict[MetricName, float]] = []
        for _ in range(repeats):
            order = generator.permutation(len(labels))
            predictions = predict(
                _shuffled(numeric, places.numeric, order), _shuffled(categorical, places.categorical, order)
            )
            shuffled.append(_worse(whole, score(labels, predictions, weights)))
        features.append(FeatureImportance(feature=feature, worse=_summary(shuffled)))
    metric = label_traits(kind).decisive
    features.sort(key=lambda feature: -feature.worse[metric].mean if metric in feature.worse else 0.0)
    return Importance(metric=metric, rows=len(labels), repeats=repeats, features=features)


def _shuffled(values: Array, columns: list[int], order: Array) -> Array:
    if not columns:
        return values
    changed = values.copy()
    changed[:, columns] = values[order][:, columns]
    return changed


def _worse(whole: Metrics, shuffled: Metrics) -> dict[MetricName, float]:
    """Return by how much each metric worsened, whichever its direction; without undefined ones."""
    worsening: dict[MetricName, float] = {}
    for name, higher_is_better in HIGHER_IS_BETTER.items():
        before, after = getattr(whole, name, None), getattr(shuffled, name, None)
        if before is not None and after is not None:
            worsening[name] = before - after if higher_is_better else after - before
    return worsening


def _summary(repeats: list[dict[MetricName, float]]) -> dict[MetricName, Worsening]:
    return {
        name: Worsening(
            mean=float(np.mean([repeat[name] for repeat in repeats])),
            std=float(np.std([repeat[name] for repeat in repeats])),
        )
        for name in repeats[0]
        if all(name in repeat for repeat in repeats)
    }
