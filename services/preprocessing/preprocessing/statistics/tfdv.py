r"""Statistics as TensorFlow Data Validation has them: a `DatasetFeatureStatisticsList` with one dataset for each split.

Source: `statistics.proto` of tensorflow-metadata, and what TFDV's own generators put into it (`basic_stats_generator.py`,
`top_k_uniques_stats_generator.py`), so that its visualisation, its schema inference and its drift and skew comparators find
what they look for: values per row, both histograms, and the counts of the most frequent tokens, from which the L-infinity
distance is computed. The numbers are those of `contracts.statistics`.

A missing value is one that no model could use: null, NaN or infinite. NaN and infinite values are also in the histograms, as
`num_nan` and `num_undefined`. A token that is not UTF-8 stands there with its wrong bytes as escapes: `\xff`. A multiclass label
is told by the names of its classes, though records hold their ids.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
    NumberLabelStatistics,
    NumericStatistics,
    SplitStatistics,
    Statistics,
)
from preprocessing.statistics.describe import TOP_TOKENS
from preprocessing.statistics.distribution import Distribution
from preprocessing.vocabularies.token_sums import RANKED_TOKENS, TokenSums

_BUCKETS = 10
"""Of a quantiles histogram, as TFDV has it."""


def statistics_list(
    schema: Schema, statistics: Statistics, tokens: Mapping[str, Sequence[TokenSums]]
) -> protos.DatasetFeatureStatisticsList:
    """All splits. `tokens`: of each categorical feature by split, whose most frequent tokens are ranked."""
    found = protos.DatasetFeatureStatisticsList()
    for number, (name, split) in enumerate(statistics.splits.items()):
        ranked = {feature: sums[number].top for feature, sums in tokens.items()}
        _add_split(found.datasets.add(name=name, num_examples=split.rows), schema, split, ranked)
    return found


def _add_split(
    dataset: protos.DatasetFeatureStatistics,
    schema: Schema,
    split: SplitStatistics,
    ranked: Mapping[str, pa.RecordBatch],
) -> None:
    for name, found in split.features.items():
        feature = dataset.features.add()
        feature.path.step.append(name)
        match found:
            case NumericStatistics():
                whole = schema.features[name].value_type == "int64"
                feature.type = protos.FeatureNameStatistics.INT if whole else protos.FeatureNameStatistics.FLOAT
                _fill_numeric(feature.num_stats, found)
            case CategoricalStatistics():
                feature.type = protos.FeatureNameStatistics.STRING
                _fill_categorical(feature.string_stats, found, ranked[name])
            case _:
                assert_never(found)
    _fill_label(dataset.features.add(), schema.label.name, split.label)


def _fill_common(common: protos.CommonStatistics, present: int, missing: int) -> None:
    """Every row has one value at most."""
    common.num_non_missing = common.tot_num_values = present
    common.num_missing = missing
    if present:
        common.min_num_values = common.max_num_values = 1
        common.avg_num_values = 1.0
        _fill_quantiles(common.num_values_histogram, [1.0] * (_BUCKETS + 1), present)


def _fill_numeric(stats: protos.NumericStatistics, found: NumericStatistics) -> None:
    _fill_common(stats.common_stats, found.count, found.missing)
    stats.num_zeros = found.zeros
    if found.count:
        stats.mean, stats.std_dev = _number(found.mean), _number(found.std)
        stats.min, stats.median, stats.max = _number(found.min), _number(found.median), _number(found.max)
    undefined = {"num_nan": found.nan or 0, "num_undefined": found.infinite}
    if found.count or any(undefined.values()):
        standard = stats.histograms.add(type=protos.Histogram.STANDARD, **undefined)
        quantiles = stats.histograms.add(type=protos.Histogram.QUANTILES, **undefined)
        if found.histogram is not None and found.quantiles is not None:
            _fill_buckets(standard, found.histogram)
            at = found.quantiles.at
            _fill_quantiles(quantiles, [at(i / _BUCKETS) for i in range(_BUCKETS + 1)], found.count)


def _number(value: float | None) -> float:
    assert value is not None, "a column with values has all of its statistics"
    return value


def _fill_label(feature: protos.FeatureNameStatistics, name: str, found: AnyLabelStatistics) -> None:
    feature.path.step.append(name)
    match found:
        case LabelStatistics():
            feature.type = protos.FeatureNameStatistics.INT
            _fill_binary(feature.num_stats, found)
        case NumberLabelStatistics():
            feature.type = protos.FeatureNameStatistics.FLOAT
            _fill_numeric(feature.num_stats, found.numbers)
        case ClassLabelStatistics():
            feature.type = protos.FeatureNameStatistics.STRING
            _fill_classes(feature.string_stats, found)
        case _:
            assert_never(found)


def _fill_classes(stats: protos.StringStatistics, found: ClassLabelStatistics) -> None:
    """The classes as tokens, the most frequent first; ties in the order of ids."""
    _fill_common(stats.common_stats, found.count, 0)
    there = [(str(each.value), each.count) for each in found.classes if each.count]
    stats.unique = len(there)
    stats.avg_length = sum(len(name.encode()) * count for name, count in there) / found.count if found.count else 0.0
    for rank, (name, count) in enumerate(sorted(there, key=lambda each: -each[1])):
        stats.rank_histogram.buckets.add(low_rank=rank, high_rank=rank, label=name, sample_count=count)
        if rank < TOP_TOKENS:
            stats.top_values.add(value=name, frequency=count)


def _fill_binary(stats: protos.NumericStatistics, found: LabelStatistics) -> None:
    """A label is there in every row of a split."""
    _fill_common(stats.common_stats, found.count, 0)
    if not found.count:
        return
    values = np.array([each.value for each in found.distribution if each.count])
    counts = np.array([each.count for each in found.distribution if each.count], np.int64)
    distribution = Distribution(values, values, counts)
    deciles = distribution.quantiles([i / _BUCKETS for i in range(_BUCKETS + 1)]).tolist()
    mean = float(np.dot(values, counts)) / found.count
    stats.mean, stats.std_dev = mean, math.sqrt(float(np.dot((values - mean) ** 2, counts)) / found.count)
    stats.num_zeros = int(counts[values == 0].sum())
    stats.min, stats.median, stats.max = deciles[0], deciles[_BUCKETS // 2], deciles[-1]
    histogram = distribution.equal_widths(deciles[0], deciles[-1])
    _fill_buckets(stats.histograms.add(type=protos.Histogram.STANDARD), histogram)
    _fill_quantiles(stats.histograms.add(type=protos.Histogram.QUANTILES), deciles, found.count)


def _fill_buckets(target: protos.Histogram, histogram: Histogram) -> None:
    for (low, high), count in zip(pairwise(histogram.edges), histogram.counts, strict=True):
        target.buckets.add(low_value=low, high_value=high, sample_count=count)


def _fill_quantiles(target: protos.Histogram, edges: Sequence[float], count: int) -> None:
    """As TFDV has it, every bucket holds as many: where a value is many of all, both edges of some are that value."""
    target.type = protos.Histogram.QUANTILES
    for low, high in pairwise(edges):
        target.buckets.add(low_value=low, high_value=high, sample_count=count / (len(edges) - 1))


def _fill_categorical(stats: protos.StringStatistics, found: CategoricalStatistics, ranked: pa.RecordBatch) -> None:
    _fill_common(stats.common_stats, found.count, found.missing)
    stats.unique = found.distinct
    stats.avg_length = found.average_length or 0.0
    stats.invalid_utf8_count = found.invalid_utf8 or 0
    labels = [token.decode(errors="backslashreplace") for token in ranked.column(0).to_pylist()]
    counts = ranked.column(1).to_pylist()
    stats.rank_histogram.CopyFrom(_RANKS)
    del stats.rank_histogram.buckets[len(labels) :]
    for bucket, label, count in zip(stats.rank_histogram.buckets, labels, counts, strict=True):
        bucket.label = label
        bucket.sample_count = count
    for label, count in zip(labels[: len(found.top)], counts, strict=False):
        stats.top_values.add(value=label, frequency=count)


def _ranks() -> Any:
    """A rank histogram of as many buckets as there can be, to be filled in: twice as fast as to make each of them."""
    found = protos.StringStatistics().rank_histogram
    for rank in range(RANKED_TOKENS):
        found.buckets.add(low_rank=rank, high_rank=rank)
    return found


_RANKS = _ranks()
