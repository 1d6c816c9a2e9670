r"""Statistics in the format of TensorFlow Data Validation: a `DatasetFeatureStatisticsList` with one dataset for each split.

Source: `statistics.proto` of tensorflow-metadata, and the fields that TFDV's own generators fill (`basic_stats_generator.py`,
`top_k_uniques_stats_generator.py`), which its visualisation, its schema inference and its drift and skew comparators read:
values per row, both histograms, and the counts of the most frequent tokens, for the L-infinity distance. The numbers are
those of `contracts.statistics`.

A missing value is one that no model could use: null, NaN or infinite. NaN and infinite values are also in the histograms, as
`num_nan` and `num_undefined`. A token that is not UTF-8 has its invalid bytes escaped: `\xff`. A multiclass label's values are
the names of its classes, though records hold their ids.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, assert_never

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2 as protos

from contracts.schema import Schema
from contracts.statistics import (
    AnyLabelStatistics,
    CategoricalStatistics,
    ClassLabelStatistics,
    Histogram,
    LabelStatistics,
    ListStatistics,
    NumberLabelStatistics,
    NumericStatistics,
    SplitStatistics,
    Statistics,
)
from preprocessing.statistics.describe import TOP_TOKENS
from preprocessing.statistics.distribution import Distribution
from preprocessing.vocabularies.token_sums import RANKED_TOKENS, TokenSums

_BUCKETS = 10
"""Buckets of a quantiles histogram in TFDV."""


def statistics_list(
    schema: Schema, statistics: Statistics, tokens: Mapping[str, Sequence[TokenSums]]
) -> protos.DatasetFeatureStatisticsList:
    """Return the message for all splits. `tokens`: of each categorical feature by split; their most frequent are ranked."""
    message = protos.DatasetFeatureStatisticsList()
    for number, (name, split) in enumerate(statistics.splits.items()):
        ranked = {feature: sums[number].top for feature, sums in tokens.items()}
        _add_split(message.datasets.add(name=name, num_examples=split.rows), schema, split, ranked)
    return message


def _add_split(
    dataset: protos.DatasetFeatureStatistics,
    schema: Schema,
    split: SplitStatistics,
    ranked: Mapping[str, pa.RecordBatch],
) -> None:
    for name, statistics in split.features.items():
        feature = dataset.features.add()
        feature.path.step.append(name)
        match statistics:
            case NumericStatistics():
                whole = schema.features[name].value_type == "int64"
                feature.type = protos.FeatureNameStatistics.INT if whole else protos.FeatureNameStatistics.FLOAT
                _fill_numeric(feature.num_stats, statistics)
            case CategoricalStatistics():
                feature.type = protos.FeatureNameStatistics.STRING
                _fill_categorical(feature.string_stats, statistics, ranked[name])
            case _:
                assert_never(statistics)
    _fill_label(dataset.features.add(), schema.label.name, split.label)


def _fill_common(common: protos.CommonStatistics, present: int, missing: int) -> None:
    """Fill the counts of values: every row has at most one."""
    common.num_non_missing = common.tot_num_values = present
    common.num_missing = missing
    if present:
        common.min_num_values = common.max_num_values = 1
        common.avg_num_values = 1.0
        common.num_values_histogram.CopyFrom(_one_value_each(present))


def _fill_common_of_lists(common: protos.CommonStatistics, lists: ListStatistics, missing: int) -> None:
    """Fill the counts of values: an empty list is a value that is there, as in TFDV."""
    common.num_non_missing, common.num_missing, common.tot_num_values = lists.count, missing, lists.tokens
    if lists.count:
        common.min_num_values, common.max_num_values = lists.shortest, lists.longest
        common.avg_num_values = lists.tokens / lists.count


@lru_cache(64)
def _one_value_each(present: int) -> protos.Histogram:
    """Return the histogram of numbers of values: each row that has a value has one."""
    histogram = protos.Histogram()
    _fill_quantiles(histogram, [1.0] * (_BUCKETS + 1), present)
    return histogram


def _fill_numeric(stats: protos.NumericStatistics, statistics: NumericStatistics) -> None:
    _fill_common(stats.common_stats, statistics.count, statistics.missing)
    stats.num_zeros = statistics.zeros
    if statistics.count:
        stats.mean, stats.std_dev = _number(statistics.mean), _number(statistics.std)
        stats.min, stats.median, stats.max = (
            _number(statistics.min),
            _number(statistics.median),
            _number(statistics.max),
        )
    undefined = {"num_nan": statistics.nan or 0, "num_undefined": statistics.infinite}
    if statistics.count or any(undefined.values()):
        standard = stats.histograms.add(type=protos.Histogram.STANDARD, **undefined)
        quantiles = stats.histograms.add(type=protos.Histogram.QUANTILES, **undefined)
        if statistics.histogram is not None and statistics.quantiles is not None:
            _fill_buckets(standard, statistics.histogram)
            edges = [statistics.quantiles.at(i / _BUCKETS) for i in range(_BUCKETS + 1)]
            _fill_quantiles(quantiles, edges, statistics.count)


def _number(value: float | None) -> float:
    assert value is not None, "a column with values has all of its statistics"
    return value


def _fill_label(feature: protos.FeatureNameStatistics, name: str, statistics: AnyLabelStatistics) -> None:
    feature.path.step.append(name)
    match statistics:
        case LabelStatistics():
            feature.type = protos.FeatureNameStatistics.INT
            _fill_binary(feature.num_stats, statistics)
        case NumberLabelStatistics():
            feature.type = protos.FeatureNameStatistics.FLOAT
            _fill_numeric(feature.num_stats, statistics.numbers)
        case ClassLabelStatistics():
            feature.type = protos.FeatureNameStatistics.STRING
            _fill_classes(feature.string_stats, statistics)
        case _:
            assert_never(statistics)


def _fill_classes(stats: protos.StringStatistics, statistics: ClassLabelStatistics) -> None:
    """Fill the classes as tokens, the most frequent first; ties in the order of ids."""
    _fill_common(stats.common_stats, statistics.count, 0)
    there = [(str(share.value), share.count) for share in statistics.classes if share.count]
    stats.unique = len(there)
    stats.avg_length = (
        sum(len(name.encode()) * count for name, count in there) / statistics.count if statistics.count else 0.0
    )
    for rank, (name, count) in enumerate(sorted(there, key=lambda pair: -pair[1])):
        stats.rank_histogram.buckets.add(low_rank=rank, high_rank=rank, label=name, sample_count=count)
        if rank < TOP_TOKENS:
            stats.top_values.add(value=name, frequency=count)


def _fill_binary(stats: protos.NumericStatistics, statistics: LabelStatistics) -> None:
    """Fill a binary label's statistics; every row of a split has a label."""
    _fill_common(stats.common_stats, statistics.count, 0)
    if not statistics.count:
        return
    values = np.array([entry.value for entry in statistics.distribution if entry.count])
    counts = np.array([entry.count for entry in statistics.distribution if entry.count], np.int64)
    distribution = Distribution(values, values, counts)
    deciles = distribution.quantiles([i / _BUCKETS for i in range(_BUCKETS + 1)]).tolist()
    mean = float(np.dot(values, counts)) / statistics.count
    stats.mean, stats.std_dev = mean, math.sqrt(float(np.dot((values - mean) ** 2, counts)) / statistics.count)
    stats.num_zeros = int(counts[values == 0].sum())
    stats.min, stats.median, stats.max = deciles[0], deciles[_BUCKETS // 2], deciles[-1]
    histogram = distribution.equal_widths(deciles[0], deciles[-1])
    _fill_buckets(stats.histograms.add(type=protos.Histogram.STANDARD), histogram)
    _fill_quantiles(stats.histograms.add(type=protos.Histogram.QUANTILES), deciles, statistics.count)


def _fill_buckets(target: protos.Histogram, histogram: Histogram) -> None:
    for (low, high), count in zip(pairwise(histogram.edges), histogram.counts, strict=True):
        target.buckets.add(low_value=low, high_value=high, sample_count=count)


def _fill_quantiles(target: protos.Histogram, edges: Sequence[float], count: int) -> None:
    """Fill buckets of equal counts, as TFDV does: a value more frequent than a bucket is both edges of one or more."""
    target.type = protos.Histogram.QUANTILES
    for low, high in pairwise(edges):
        target.buckets.add(low_value=low, high_value=high, sample_count=count / (len(edges) - 1))


def _fill_categorical(
    stats: protos.StringStatistics, statistics: CategoricalStatistics, ranked: pa.RecordBatch
) -> None:
    if statistics.lists is None:
        _fill_common(stats.common_stats, statistics.count, statistics.missing)
    else:
        _fill_common_of_lists(stats.common_stats, statistics.lists, statistics.missing)
    stats.unique = statistics.distinct
    stats.avg_length = statistics.average_length or 0.0
    stats.invalid_utf8_count = statistics.invalid_utf8 or 0
    labels = [token.decode(errors="backslashreplace") for token in ranked.column(0).to_pylist()]
    counts = ranked.column(1).to_pylist()
    stats.rank_histogram.CopyFrom(_RANKS)
    del stats.rank_histogram.buckets[len(labels) :]
    for bucket, label, count in zip(stats.rank_histogram.buckets, labels, counts, strict=True):
        bucket.label = label
        bucket.sample_count = count
    for label, count in zip(labels[: len(statistics.top)], counts, strict=False):
        stats.top_values.add(value=label, frequency=count)


def _ranks() -> Any:
    """Return a template of a rank histogram with the maximum number of buckets: filling a copy is twice as fast."""
    histogram = protos.StringStatistics().rank_histogram
    for rank in range(RANKED_TOKENS):
        histogram.buckets.add(low_rank=rank, high_rank=rank)
    return histogram


_RANKS = _ranks()
