"""Assembly of a dataset's statistics from the tasks' results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from contracts.classes import ClassName
from contracts.label_kinds import label_traits
from contracts.schema import SPLIT_NAMES, ColumnType, Schema, SplitName
from contracts.statistics import FeatureStatistics, SplitStatistics, Statistics
from preprocessing.assignment.classes import Counts
from preprocessing.label_kinds import SplitCounts, labels_of_kind
from preprocessing.statistics.analyze import Partial
from preprocessing.statistics.describe import accuracy, categorical_statistics
from preprocessing.statistics.label_correlation import label_correlation
from preprocessing.statistics.staged_numbers import MergedNumbers
from preprocessing.vocabularies.merge_buckets import MergedBucket
from preprocessing.vocabularies.token_sums import TokenSums, all_sums


def token_sums_of(buckets: Mapping[str, Sequence[MergedBucket]]) -> dict[str, list[TokenSums]]:
    """Return the sums of each categorical feature's tokens, by split."""
    return {
        name: [all_sums(bucket.sums[split] for bucket in merged) for split in range(len(SPLIT_NAMES))]
        for name, merged in buckets.items()
    }


def statistics_of(
    schema: Schema,
    partial: Partial,
    tokens: Mapping[str, Sequence[TokenSums]],
    numbers: Mapping[str, MergedNumbers],
    counts: Counts,
    learned: Sequence[ClassName],
) -> Statistics:
    """Return the statistics of every feature and of the label, by split. `counts`, `learned`: of a multiclass label."""
    splits: dict[SplitName, SplitStatistics] = {}
    for split, (name, rows) in enumerate(zip(SPLIT_NAMES, partial.rows, strict=True)):
        features: dict[str, FeatureStatistics] = {
            feature: _feature_statistics(feature, rules.column_type, split, partial, tokens, numbers)
            for feature, rules in schema.features.items()
        }
        of_label = numbers[schema.label.name].statistics[split] if label_traits(schema.label.kind).is_number else None
        counted = SplitCounts(split, rows.rows, rows.positives, counts, learned, of_label)
        label = labels_of_kind(schema.label.kind).statistics(counted)
        correlated = label_correlation(features, schema, partial, split, label)
        splits[name] = SplitStatistics(rows=rows.rows, features=correlated, label=label)
    return Statistics(splits=splits, accuracy=accuracy(), has_bounds=True)


def _feature_statistics(
    feature: str,
    column_type: ColumnType,
    split: int,
    partial: Partial,
    tokens: Mapping[str, Sequence[TokenSums]],
    numbers: Mapping[str, MergedNumbers],
) -> FeatureStatistics:
    match column_type:
        case "number":
            return numbers[feature].statistics[split]
        case "token":
            lists = partial.lists.get(feature)
            return categorical_statistics(
                tokens[feature][split], partial.rows[split], None if lists is None else lists[split]
            )
        case _:
            assert_never(column_type)
