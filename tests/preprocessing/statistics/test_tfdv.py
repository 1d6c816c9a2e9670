"""The message for TensorFlow Data Validation holds the numbers of the statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2 as protos
from tests.preprocessing.analyses import Analysis, analyzed, rows_of

from contracts.dataset.data_folder import DataFolder
from contracts.label_kinds import LabelKind
from contracts.schema import SPLIT_NAMES, Categorical, Label, Numeric, Schema
from preprocessing.assignment.classes import Counts
from preprocessing.statistics.tfdv import statistics_list

FEATURES = {
    "x": Numeric(dtype="float64"),
    "n": Numeric(dtype="int64"),
    "c": Categorical(),
    "none": Numeric(dtype="float64"),
}
COLUMNS = {
    "x": pa.array([0.5, None, float("nan"), float("inf"), -2.0, 0.0, 7.0, 7.0], pa.float64(), from_pandas=False),
    "n": pa.array([3, 3, None, 5, 0, 1, 1, 1], pa.int64()),
    "c": pa.array([b"b", b"a", b"b", None, b"\xff!", b"b", b"a", "ä".encode()], pa.binary()),
    "none": pa.array([None] * 8, pa.float64()),
}
CODES = [1, 1, 1, 1, 1, 1, 2, 0]


def message_of(
    folder: DataFolder, labels: list[float], kind: LabelKind = "binary", counts: Counts | None = None
) -> tuple[Any, Analysis]:
    schema = Schema(features=dict(FEATURES), label=Label(column="y", kind=kind))
    analysis = analyzed(folder, schema, [[rows_of(COLUMNS, CODES, labels)]], counts, [2, 10])
    return statistics_list(schema, analysis.statistics, analysis.tokens), analysis


def features_of(message: Any, split: int = 0) -> dict[str, Any]:
    return {feature.path.step[0]: feature for feature in message.datasets[split].features}


def test_each_split_is_a_dataset_with_its_features_and_the_label(data_folder: DataFolder) -> None:
    message, _ = message_of(data_folder, [1, 0, 0, 1, 0, 1, 1, 0])
    assert [dataset.name for dataset in message.datasets] == list(SPLIT_NAMES)
    assert [dataset.num_examples for dataset in message.datasets] == [6, 1, 0]
    types = {name: feature.type for name, feature in features_of(message).items()}
    kinds = protos.FeatureNameStatistics
    assert types == {"x": kinds.FLOAT, "n": kinds.INT, "c": kinds.STRING, "none": kinds.FLOAT, "y": kinds.INT}
    assert list(types) == [*FEATURES, "y"]


def test_numbers_are_those_of_the_statistics(data_folder: DataFolder) -> None:
    message, analysis = message_of(data_folder, [1, 0, 0, 1, 0, 1, 1, 0])
    stats, x = features_of(message)["x"].num_stats, analysis.statistics.numeric("x")
    common = stats.common_stats
    assert (common.num_non_missing, common.num_missing, common.tot_num_values) == (3, 3, 3)
    assert (common.min_num_values, common.max_num_values, common.avg_num_values) == (1, 1, 1.0)
    assert (stats.mean, stats.std_dev, stats.num_zeros) == (x.mean, x.std, 1)
    assert (stats.min, stats.median, stats.max) == (-2.0, 0.0, 0.5)
    standard, quantiles = stats.histograms
    assert [(each.num_nan, each.num_undefined) for each in (standard, quantiles)] == [(1, 1)] * 2
    assert x.histogram is not None
    edges = [bucket.low_value for bucket in standard.buckets] + [standard.buckets[-1].high_value]
    assert (edges, [bucket.sample_count for bucket in standard.buckets]) == (x.histogram.edges, x.histogram.counts)
    assert [bucket.low_value for bucket in quantiles.buckets] == pytest.approx(
        np.quantile([-2, 0, 0.5], np.arange(10) / 10)
    )
    assert {bucket.sample_count for bucket in quantiles.buckets} == {0.3}


def test_a_column_without_values_has_no_histograms(data_folder: DataFolder) -> None:
    message, _ = message_of(data_folder, [1, 0, 0, 1, 0, 1, 1, 0])
    stats = features_of(message)["none"].num_stats
    assert (stats.common_stats.num_missing, stats.common_stats.num_non_missing, len(stats.histograms)) == (6, 0, 0)
    assert not features_of(message, 2)["c"].string_stats.rank_histogram.buckets


def test_tokens_are_ranked_and_wrong_bytes_escaped(data_folder: DataFolder) -> None:
    message, _ = message_of(data_folder, [1, 0, 0, 1, 0, 1, 1, 0])
    stats = features_of(message)["c"].string_stats
    assert (stats.unique, stats.invalid_utf8_count, stats.common_stats.num_missing) == (3, 1, 1)
    assert stats.avg_length == pytest.approx(6 / 5)
    ranked = [
        (bucket.low_rank, bucket.high_rank, bucket.label, bucket.sample_count)
        for bucket in stats.rank_histogram.buckets
    ]
    assert ranked == [(0, 0, "b", 3), (1, 1, "a", 1), (2, 2, "\\xff!", 1)]
    assert [(top.value, top.frequency) for top in stats.top_values] == [("b", 3), ("a", 1), ("\\xff!", 1)]
    assert [bucket.label for bucket in features_of(message, 1)["c"].string_stats.rank_histogram.buckets] == ["a"]


@pytest.mark.parametrize("labels", [[1, 0, 0, 1, 0, 0, 1, 0], [0, 0, 0, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]])
def test_a_binary_label_is_a_column_of_zeros_and_ones(data_folder: DataFolder, labels: list[float]) -> None:
    message, _ = message_of(data_folder, labels)
    stats, train = features_of(message)["y"].num_stats, np.array(labels[:6])
    assert (stats.mean, stats.std_dev) == (pytest.approx(train.mean()), pytest.approx(train.std()))
    assert (stats.num_zeros, stats.min, stats.median, stats.max) == ((train == 0).sum(), 0, np.median(train), 1)
    counts = [bucket.sample_count for bucket in stats.histograms[0].buckets]
    assert (counts[0], counts[-1], sum(counts)) == ((train == 0).sum(), (train == 1).sum(), 6)
    empty = features_of(message, 2)["y"].num_stats
    assert (empty.common_stats.num_non_missing, len(empty.histograms)) == (0, 0)


def test_a_number_label_is_a_column_of_floats(data_folder: DataFolder) -> None:
    labels = [0.5, 2.0, -1.0, 0.0, 0.0, 3.5, 1.0, 9.0]
    feature = features_of(message_of(data_folder, labels, "regression")[0])["y"]
    assert feature.type == protos.FeatureNameStatistics.FLOAT
    assert (feature.num_stats.mean, feature.num_stats.num_zeros, feature.num_stats.max) == (np.mean(labels[:6]), 2, 3.5)


def test_classes_are_named_and_ranked(data_folder: DataFolder) -> None:
    counts = {b"2": [2, 1, 0], b"10": [4, 0, 0]}
    message, _ = message_of(data_folder, [0, 1, 0, 1, 1, 1, 0, 0], "multiclass", counts)
    feature = features_of(message)["y"]
    assert feature.type == protos.FeatureNameStatistics.STRING
    stats = feature.string_stats
    assert (stats.unique, stats.common_stats.num_non_missing) == (2, 6)
    assert stats.avg_length == pytest.approx((2 * 1 + 4 * 2) / 6)
    assert [(bucket.low_rank, bucket.label, bucket.sample_count) for bucket in stats.rank_histogram.buckets] == [
        (0, "10", 4),
        (1, "2", 2),
    ]
    validation = features_of(message, 1)["y"].string_stats
    assert [(top.value, top.frequency) for top in validation.top_values] == [("2", 1)]
