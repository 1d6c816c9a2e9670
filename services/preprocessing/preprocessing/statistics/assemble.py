"""A dataset's statistics, put together from what the tasks found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.classes import ClassName
from contracts.schema import SPLIT_NAMES, Schema, SplitName
from contracts.statistics import FeatureStatistics, SplitStatistics, Statistics
from preprocessing.assignment.classes import Counts
from preprocessing.statistics.analyze import Partial
from preprocessing.statistics.describe import accuracy, categorical_statistics
from preprocessing.statistics.label_statistics import label_correlation, statistics_of_label
from preprocessing.statistics.staged_numbers import MergedNumbers
from preprocessing.vocabularies.merge_buckets import MergedBucket
from preprocessing.vocabularies.token_sums import TokenSums, all_sums


def token_sums_of(buckets: Mapping[str, Sequence[MergedBucket]]) -> dict[str, list[TokenSums]]:
    """By categorical feature, what its tokens come to in each split."""
    return {
        name: [all_sums(bucket.sums[split] for bucket in each) for split in range(len(SPLIT_NAMES))]
        for name, each in buckets.items()
    }


def statistics_of(
    schema: Schema,
    found: Partial,
    tokens: Mapping[str, Sequence[TokenSums]],
    numbers: Mapping[str, MergedNumbers],
    counts: Counts,
    learned: Sequence[ClassName],
) -> Statistics:
    """By split, of every feature and of the label. `counts`, `learned`: of a multiclass label."""
    splits: dict[SplitName, SplitStatistics] = {}
    for split, (name, rows) in enumerate(zip(SPLIT_NAMES, found.rows, strict=True)):
        features: dict[str, FeatureStatistics] = {
            feature: categorical_statistics(tokens[feature][split], rows)
            if feature in tokens
            else numbers[feature].statistics[split]
            for feature in schema.features
        }
        of_label = numbers[schema.label.name].statistics[split] if schema.label.kind == "regression" else None
        label = statistics_of_label(schema, found, split, counts, learned, of_label)
        told = label_correlation(features, schema, found, split, label)
        splits[name] = SplitStatistics(rows=rows.rows, features=told, label=label)
    return Statistics(splits=splits, accuracy=accuracy())
