"""Permutation importance: by how much metrics worsen when a feature is shuffled (Breiman 2001; Fisher et al. 2019).

Of a table too wide for a shuffle of each feature, groups are shuffled together, and those that matter most are halved until they
are features: what a feature adds to its group decides whether it is found.

Shuffling happens where a feature enters: its raw column, or, if records hold only model inputs, all inputs made from it.
Features that are correlated with others look less important than they are, since the model still has the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from contracts.label_kinds import label_traits
from contracts.messages.evaluation import FeatureImportance, Importance, Worsening
from contracts.messages.metrics import HIGHER_IS_BETTER, MetricName, Metrics
from contracts.messages.trainings import ImportanceSpec
from contracts.schema import LabelKind, Schema
from modeling.evaluation.row_cost import MOST_WORK, rows_at_once
from modeling.feature_kinds.raw_values import RawColumns
from modeling.label_kinds import labels_of_kind
from sources.arrays import Array

MOST_PREDICTIONS = 2_000_000
"""Rows that are predicted over all features and repeats; past it, fewer rows are shuffled."""
FEWEST_ROWS = 200
"""Rows that are shuffled, if the split has them; past it, features are left out."""
FEWEST_FEATURES = 16
_PREDICTIONS_PER_TRAINED_ROW = 0.5
_SCREENINGS = 6
"""Shuffles of groups for each feature that is shuffled alone, of a table of 64 times as many."""

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
        places = [{name: place for place, name in enumerate(names)} for names in RawColumns.of_features(schema)]
        return {name: Columns(*([own[name]] if name in own else [] for own in places[:2])) for name in schema.features}
    numbers = {name: place for place, name in enumerate(schema.number_inputs)}
    ids = schema.id_columns
    crosses: dict[str, list[str]] = {name: [] for name in schema.features}
    for cross in schema.crosses:
        for name in cross.features:
            crosses[name].append(cross.name)
    return {
        name: Columns(
            [numbers[made] for made in (*feature.number_inputs(name), *feature.indicator_inputs(name))],
            [column for made in (*feature.id_inputs(name), *crosses[name]) for column in ids[made]],
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


@dataclass(frozen=True)
class ImportancePlan:
    """Shuffles to make: of `rows` of the test split, with `alone` features one by one, `repeats` times each.

    Where `alone` are fewer than there are, groups of features are shuffled first, and those that matter most are divided.
    `at_once`: rows of one call.
    """

    rows: int
    alone: int
    repeats: int
    at_once: int


def plan_importance(
    spec: ImportanceSpec, features: int, *, test_rows: int, trained_rows: int = 0, cost: int = 1
) -> ImportancePlan:
    """Return the shuffles of a bounded cost: fewer rows where there are more features, and then fewer features.

    `trained_rows`: rows of all epochs together; `cost`: `row_cost` of a prediction.
    """
    affordable = max(MOST_WORK // max(cost, 1), int(_PREDICTIONS_PER_TRAINED_ROW * trained_rows))
    predictions = min(affordable, MOST_PREDICTIONS)
    rows = min(spec.rows, test_rows)
    whole = predictions // max(features * spec.repeats, 1)
    if whole >= min(rows, FEWEST_ROWS):
        return ImportancePlan(min(rows, whole), features, spec.repeats, rows_at_once(cost))
    rows = min(rows, FEWEST_ROWS)
    alone = predictions // (rows * (spec.repeats + _SCREENINGS))
    return ImportancePlan(rows, min(max(alone, FEWEST_FEATURES), features), spec.repeats, rows_at_once(cost))


def permutation_importance(
    kind: LabelKind, sample: RowSample, columns: dict[str, Columns], predict: Predict, plan: ImportancePlan, seed: int
) -> Importance | None:
    """Shuffle each feature, or those that matter most; None where the sample is empty.

    The sample holds `numeric`, `categorical`, the label and, where rows have one, the weight.
    """
    if not sample.rows or not len(sample.rows[2]):
        return None
    numeric, categorical, labels, *rest = sample.rows
    weights = rest[0] if rest else None
    score = labels_of_kind(kind).score
    metric = label_traits(kind).decisive
    whole = score(labels, predict(numeric, categorical), weights)
    generator = np.random.default_rng(seed)

    def worse(blocks: list[Columns]) -> list[dict[MetricName, float]]:
        shuffled = _shuffled_predictions(numeric, categorical, blocks, predict, generator, plan.at_once)
        return [_worse(whole, score(labels, predictions, weights)) for predictions in shuffled]

    def by_group(groups: list[list[str]]) -> list[float]:
        worsening = worse([_together([columns[name] for name in group]) for group in groups])
        return [values.get(metric, 0.0) for values in worsening]

    names = list(columns) if plan.alone >= len(columns) else _most_important(list(columns), plan.alone, by_group)
    worsening = worse([columns[name] for name in names for _ in range(plan.repeats)])
    features = [
        FeatureImportance(feature=name, worse=_summary(worsening[place * plan.repeats : (place + 1) * plan.repeats]))
        for place, name in enumerate(names)
    ]
    features.sort(key=lambda feature: -feature.worse[metric].mean if metric in feature.worse else 0.0)
    return Importance(
        metric=metric,
        rows=len(labels),
        repeats=plan.repeats,
        features=features,
        other_features=len(columns) - len(features),
    )


def _most_important(names: list[str], count: int, worsening: Callable[[list[list[str]]], list[float]]) -> list[str]:
    """Return at most `count` features, found by halving: of as many groups, the half that matters more is divided again."""
    width = -(-len(names) // count)
    groups = [names[begin : begin + width] for begin in range(0, len(names), width)]
    while any(len(group) > 1 for group in groups):
        order = np.argsort([-value for value in worsening(groups)], kind="stable")[: max(count // 2, 1)]
        halves = [
            (groups[index][: len(groups[index]) // 2], groups[index][len(groups[index]) // 2 :]) for index in order
        ]
        groups = [half for both in halves for half in both if half]
    return [name for group in groups for name in group]


def _together(parts: list[Columns]) -> Columns:
    numeric = dict.fromkeys(place for part in parts for place in part.numeric)
    return Columns(list(numeric), list(dict.fromkeys(place for part in parts for place in part.categorical)))


def _shuffled_predictions(
    numeric: Array,
    categorical: Array,
    blocks: list[Columns],
    predict: Predict,
    generator: np.random.Generator,
    at_once: int,
) -> Iterator[Array]:
    """Yield the predictions of the rows with each block's columns shuffled; several blocks are one call."""
    rows = len(numeric)
    count = max(1, at_once // rows)
    for begin in range(0, len(blocks), count):
        chunk = blocks[begin : begin + count]
        numbers, ids = (np.broadcast_to(part, (len(chunk), *part.shape)).copy() for part in (numeric, categorical))
        for place, block in enumerate(chunk):
            order = generator.permutation(rows)
            for shuffled, part, columns in ((numbers, numeric, block.numeric), (ids, categorical, block.categorical)):
                if columns:
                    shuffled[place][:, columns] = part[order[:, np.newaxis], columns]
        predictions = predict(*(part.reshape(len(chunk) * rows, part.shape[2]) for part in (numbers, ids)))
        yield from np.split(predictions, len(chunk))


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
