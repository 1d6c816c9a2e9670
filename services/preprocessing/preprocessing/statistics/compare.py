"""Comparison of two published datasets, or of two splits of one, as `contracts.messages.comparisons`.

Categories of a training split are compared by the vocabularies, which hold every learned token; those of another split, or of a
hashed feature, by the thousand most frequent, which the statistics' message holds. All other tokens are compared as one category.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2 as protos

from contracts.dataset.published import Dataset
from contracts.errors import InvalidRequest, pointer
from contracts.messages.comparisons import CompareRequest, Comparison, FeatureDrift, SchemaDifference
from contracts.schema import SplitName
from contracts.statistics import (
    CategoricalStatistics,
    ClassLabelStatistics,
    LabelStatistics,
    NumberLabelStatistics,
    NumericStatistics,
    SplitStatistics,
)
from preprocessing.kernels.token_hashing import fingerprints
from sources.arrays import Int64s
from sources.drift.distances import NumberCounts, distances
from sources.drift.feature_drift import TokenCounts, categorical_drift, judged, numeric_drift


@dataclass(frozen=True)
class Side:
    """One split of one dataset."""

    dataset: Dataset
    split: SplitName

    @cached_property
    def statistics(self) -> SplitStatistics:
        """Statistics of the split."""
        return self.dataset.statistics().splits[self.split]

    @cached_property
    def _ranked(self) -> dict[str, list[tuple[bytes, int]]]:
        artifact = self.dataset.manifest.statistics_proto
        if artifact is None:
            return {}
        message = protos.DatasetFeatureStatisticsList.FromString(self.dataset.checked(artifact).to_pybytes())
        dataset = next(dataset for dataset in message.datasets if dataset.name == self.split)
        return {
            feature.path.step[0]: [
                (bucket.label.encode(), int(bucket.sample_count))
                for bucket in feature.string_stats.rank_histogram.buckets
            ]
            for feature in dataset.features
        }

    def missing_share(self, feature: str) -> float | None:
        """Return the share of the split's rows in which the feature is missing; None for an empty split."""
        rows = self.statistics.rows
        return self.statistics.features[feature].missing / rows if rows else None

    def numbers(self, feature: str) -> NumberCounts | None:
        """Return the counts of a numeric feature's values; None where they were not published."""
        if feature not in self.dataset.manifest.values:
            return None
        return NumberCounts.published(self.dataset.values(feature), self.split)

    def tokens(self, feature: str) -> TokenCounts:
        """Return the individually known tokens of a categorical feature, by descending count."""
        tokens, counts = self._known_tokens(feature)
        return TokenCounts(tokens, counts, self.statistics.features[feature].count, fingerprints(tokens))

    def _known_tokens(self, feature: str) -> tuple[pa.Array, Int64s]:
        if self.split == "train" and feature in self.dataset.manifest.vocabularies:
            vocabulary = self.dataset.vocabulary(feature)
            counts: Int64s = vocabulary.counts.to_numpy()
            there = np.flatnonzero(counts)
            whole = len(there) == len(counts)
            return (vocabulary.tokens if whole else vocabulary.tokens.take(pa.array(there))), counts[there]
        ranked = self._ranked.get(feature, [])
        return pa.array([token for token, _ in ranked], pa.binary()), np.array([count for _, count in ranked], np.int64)


def compare(request: CompareRequest, dataset: Dataset, other: Dataset) -> Comparison:
    """Compare `dataset` with `other`. Raises `InvalidRequest` for a threshold of a feature that is not in both."""
    here, there = Side(dataset, request.split), Side(other, request.other_split)
    both = [
        name
        for name, statistics in here.statistics.features.items()
        if name in there.statistics.features and there.statistics.features[name].kind == statistics.kind
    ]
    label = dataset.schema.label.name
    for name in request.thresholds.features:
        if name not in (*both, label):
            known = ", ".join([*both, label])
            raise InvalidRequest(
                f"there is no feature {name!r} of one kind in both datasets. There are: {known}",
                pointer=pointer("thresholds", "features", name),
            )
    drifts = [*(_drift(name, here, there) for name in both), _label_drift(label, here, there)]
    limits = request.thresholds
    features = [judged(drift, limits.features.get(drift.feature, limits)) for drift in drifts]
    return Comparison(
        dataset=dataset.manifest.name,
        split=request.split,
        other=other.manifest.name,
        other_split=request.other_split,
        rows=[here.statistics.rows, there.statistics.rows],
        drifted=[drift.feature for drift in features if drift.exceeded],
        features=features,
        schema_differences=_schema_differences(dataset, other),
    )


def _drift(name: str, here: Side, there: Side) -> FeatureDrift:
    missing = (here.missing_share(name), there.missing_share(name))
    statistics = here.statistics.features[name]
    match statistics:
        case CategoricalStatistics():
            return categorical_drift(name, here.tokens(name), there.tokens(name), missing)
        case NumericStatistics():
            return numeric_drift(name, here.numbers(name), there.numbers(name), missing)
        case _:
            assert_never(statistics)


def _label_drift(name: str, here: Side, there: Side) -> FeatureDrift:
    """Compare two labels of one kind; for different kinds, no distance is defined."""
    label, other = here.statistics.label, there.statistics.label
    missing = (0.0 if here.statistics.rows else None, 0.0 if there.statistics.rows else None)
    if isinstance(label, ClassLabelStatistics) and isinstance(other, ClassLabelStatistics):
        drift = categorical_drift(name, _class_tokens(label), _class_tokens(other), missing)
    elif isinstance(label, NumberLabelStatistics) and isinstance(other, NumberLabelStatistics):
        drift = numeric_drift(name, here.numbers(name), there.numbers(there.dataset.schema.label.name), missing)
    elif isinstance(label, LabelStatistics) and isinstance(other, LabelStatistics):
        return _binary_drift(name, label, other, missing)
    else:
        drift = numeric_drift(name, None, None, missing)
    return drift.model_copy(update={"kind": "label"})


def _binary_drift(
    name: str, label: LabelStatistics, other: LabelStatistics, missing: tuple[float | None, float | None]
) -> FeatureDrift:
    counts = [{entry.value: entry.count for entry in side.distribution} for side in (label, other)]
    values = sorted({*counts[0], *counts[1]})
    ours, theirs = (np.array([side.get(value, 0) for value in values], np.int64) for side in counts)
    apart = distances(ours, theirs)
    return FeatureDrift(
        feature=name,
        kind="label",
        l_infinity=apart.l_infinity,
        l_infinity_at=None if apart.place is None else f"{values[apart.place]:g}",
        jensen_shannon=apart.jensen_shannon,
        missing_share=list(missing),
        exceeded=[],
    )


def _class_tokens(label: ClassLabelStatistics) -> TokenCounts:
    there = [share for share in label.classes if share.count]
    tokens = pa.array([str(share.value).encode() for share in there], pa.binary())
    return TokenCounts(tokens, np.array([share.count for share in there], np.int64), label.count, fingerprints(tokens))


def _schema_differences(dataset: Dataset, other: Dataset) -> list[SchemaDifference]:
    here, there = (
        {name: feature.model_dump(mode="json") for name, feature in side.schema.features.items()}
        for side in (dataset, other)
    )
    names = [*here, *(name for name in there if name not in here)]
    return [
        SchemaDifference(feature=name, here=here.get(name), there=there.get(name))
        for name in names
        if here.get(name) != there.get(name)
    ]
