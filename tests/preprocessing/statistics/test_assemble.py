"""Statistics of every feature and of the label, by split, from the parts that tasks have staged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.preprocessing.analyses import analyzed, rows_of

from contracts.dataset.data_folder import DataFolder
from contracts.schema import SPLIT_NAMES, Categorical, Hashed, Label, Numeric, Schema
from contracts.statistics import CategoricalStatistics, ClassLabelStatistics, NumberLabelStatistics, NumericStatistics
from preprocessing.statistics.describe import accuracy

ROWS = 90
FEATURES = {"c": Categorical(), "x": Numeric(dtype="float64"), "h": Hashed(buckets=3), "n": Numeric(dtype="int64")}
CODES = [row % 4 for row in range(ROWS)]
COLUMNS: dict[str, list[Any]] = {
    "c": [None if row % 7 == 0 else b"c%d" % (row % 5) for row in range(ROWS)],
    "x": [None if row % 3 == 0 else row / 8 for row in range(ROWS)],
    "h": [b"h%d" % (row % 2) for row in range(ROWS)],
    "n": [None if row % 11 == 0 else row % 6 for row in range(ROWS)],
}
KINDS = {"c": pa.binary(), "x": pa.float64(), "h": pa.binary(), "n": pa.int64()}


def arrays() -> dict[str, pa.Array]:
    return {name: pa.array(values, KINDS[name]) for name, values in COLUMNS.items()}


def chosen(name: str, split: int) -> list[Any]:
    return [value for value, code in zip(COLUMNS[name], CODES, strict=True) if code == split + 1]


@pytest.mark.parametrize("parts", [1, 3])
def test_every_feature_has_statistics_of_its_type(data_folder: DataFolder, parts: int) -> None:
    schema = Schema(features=dict(FEATURES), label=Label(column="y"))
    rows = rows_of(arrays(), CODES, [float(row % 3 == 0) for row in range(ROWS)])
    size = ROWS // parts
    begins = range(0, ROWS, size)
    ranges = [[rows.slice(begin, begin + 10), rows.slice(begin + 10, begin + size)] for begin in begins]
    statistics = analyzed(data_folder, schema, ranges).statistics
    assert statistics.accuracy == accuracy()
    assert list(statistics.splits) == list(SPLIT_NAMES)
    for split, name in enumerate(SPLIT_NAMES):
        described = statistics.splits[name]
        assert described.rows == CODES.count(split + 1)
        assert list(described.features) == list(FEATURES)
        for feature, found in described.features.items():
            values = [value for value in chosen(feature, split) if value is not None]
            assert (found.count, found.missing) == (len(values), described.rows - len(values))
            assert found.distinct == len(set(values))
            assert isinstance(found, CategoricalStatistics if KINDS[feature] == pa.binary() else NumericStatistics)
        assert described.binary_label.count == described.rows
        labels = [row % 3 == 0 for row, code in enumerate(CODES) if code == split + 1]
        assert described.binary_label.positives == sum(labels)
        x = described.features["x"]
        assert isinstance(x, NumericStatistics)
        assert x.mean == pytest.approx(np.mean([value for value in chosen("x", split) if value is not None]))
        assert x.label is not None
        assert (x.label.mean_where_missing, x.label.mean_where_present) == (1.0, 0.0)
        assert x.label.correlation == pytest.approx(1.0)


def test_a_number_label_is_described_as_a_column_and_correlated(data_folder: DataFolder) -> None:
    schema = Schema(features=dict(FEATURES), label=Label(column="y", kind="regression"))
    labels = [row / 2 for row in range(ROWS)]
    statistics = analyzed(data_folder, schema, [[rows_of(arrays(), CODES, labels)]]).statistics
    train = statistics.splits["train"]
    here = np.array([label for label, code in zip(labels, CODES, strict=True) if code == 1])
    assert isinstance(train.label, NumberLabelStatistics)
    assert (train.label.numbers.mean, train.label.numbers.std) == (here.mean(), pytest.approx(here.std()))
    assert train.label.numbers.label is None
    for name, feature in train.features.items():
        gone = np.array([value is None for value in chosen(name, 0)])
        assert feature.label is not None
        assert feature.label.mean_where_missing == (pytest.approx(here[gone].mean()) if gone.any() else None)
        if gone.any():
            assert feature.label.correlation == pytest.approx(np.corrcoef(gone, here)[0, 1])
    top = train.features["c"]
    assert isinstance(top, CategoricalStatistics)
    assert {token.label_mean for token in top.top} == {None}


def test_classes_are_counted_and_correlate_with_nothing(data_folder: DataFolder) -> None:
    schema = Schema(features=dict(FEATURES), label=Label(column="y", kind="multiclass"))
    rows = rows_of(arrays(), CODES, [row % 2 for row in range(ROWS)])
    counts = {b"b": [5, 1, 0], b"a": [3, 0, 2], b"unknown": [0, 4, 0]}
    statistics = analyzed(data_folder, schema, [[rows]], counts, ["a", "b"]).statistics
    label = statistics.splits["validation"].label
    assert isinstance(label, ClassLabelStatistics)
    assert [(entry.value, entry.count) for entry in label.classes] == [("a", 0), ("b", 1)]
    assert [feature.label for feature in statistics.splits["train"].features.values()] == [None] * len(FEATURES)


def test_a_split_without_rows_is_there(data_folder: DataFolder) -> None:
    schema = Schema(features=dict(FEATURES), label=Label(column="y"))
    statistics = analyzed(data_folder, schema, [[rows_of(arrays(), [1] * ROWS, [0, 1] * (ROWS // 2))]]).statistics
    assert statistics.splits["test"].rows == 0
    assert {feature.count for feature in statistics.splits["test"].features.values()} == {0}
