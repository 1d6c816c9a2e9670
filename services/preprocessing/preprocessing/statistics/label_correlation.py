"""The correlation of a label with missing values of features.

Kernels count rows with the binary label 1 along with everything else. For a regression, the mean label where a feature is missing
is computed from separate sums, and the mean label of a token is left out. A multiclass label has no mean and no correlation.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.label_kinds import label_traits
from contracts.schema import Schema
from contracts.statistics import (
    AnyLabelStatistics,
    CategoricalStatistics,
    FeatureStatistics,
    NumberLabelStatistics,
)
from preprocessing.statistics.analyze import Partial
from preprocessing.statistics.describe import missing_and_number_label


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
