"""The label's own statistics, and its correlation with missing values of features, by label kind.

Kernels count rows with the binary label 1 along with everything else. For a regression, the mean label where a feature is missing
is computed from separate sums, and the mean label of a token is left out. A multiclass label has no mean and no correlation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from contracts.classes import ClassName
from contracts.label_kinds import label_traits
from contracts.schema import Schema
from contracts.statistics import (
    AnyLabelStatistics,
    CategoricalStatistics,
    FeatureStatistics,
    NumberLabelStatistics,
    NumericStatistics,
)
from preprocessing.assignment.classes import Counts, class_statistics
from preprocessing.statistics.analyze import Partial
from preprocessing.statistics.describe import label_statistics, missing_and_number_label


def statistics_of_label(
    schema: Schema,
    partial: Partial,
    split: int,
    counts: Counts,
    classes: Sequence[ClassName],
    numbers: NumericStatistics | None,
) -> AnyLabelStatistics:
    """Return the label's statistics in one split.

    `counts`, `classes`: of a multiclass label; `numbers`: the column's statistics, of a regression's label.
    """
    match schema.label.kind:
        case "binary":
            return label_statistics(partial.rows[split])
        case "multiclass":
            return class_statistics(counts, classes, split)
        case "regression":
            assert numbers is not None
            return NumberLabelStatistics(
                count=partial.rows[split].rows, numbers=numbers.model_copy(update={"label": None})
            )
        case _:
            assert_never(schema.label.kind)


def label_correlation(
    features: Mapping[str, FeatureStatistics], schema: Schema, partial: Partial, split: int, label: AnyLabelStatistics
) -> dict[str, FeatureStatistics]:
    """Return one split's feature statistics, with their correlation with a label that is not binary."""
    if label_traits(schema.label.kind).is_binary:
        return dict(features)
    correlated: dict[str, FeatureStatistics] = {}
    for name, feature in features.items():
        both = None
        if isinstance(label, NumberLabelStatistics):
            where_missing = partial.labels.where_missing.get(name, (0,) * len(partial.rows))[split]
            total, deviation = partial.labels.all[split], label.numbers.std
            both = missing_and_number_label(partial.rows[split].rows, feature.missing, total, where_missing, deviation)
        update: dict[str, object] = {"label": both}
        if isinstance(feature, CategoricalStatistics):
            update["top"] = [token.model_copy(update={"label_mean": None}) for token in feature.top]
        correlated[name] = feature.model_copy(update=update)
    return correlated
