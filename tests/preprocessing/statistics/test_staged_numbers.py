"""States of all ranges are merged feature by feature, and their counts are published."""

from __future__ import annotations

import hashlib

import pytest
from tests.preprocessing.number_states import described, state_of

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.value_counts import CountsFile
from contracts.label_kinds import LabelKind
from contracts.schema import Bucketize, Categorical, Label, Numeric, Schema
from preprocessing.statistics import staged_numbers
from preprocessing.statistics.analyze import RowSums
from preprocessing.statistics.staged_numbers import (
    StagedNumbers,
    merge_features,
    number_columns,
    plan_number_merges,
    stage_numbers,
)

NOTHING = RowSums(0, 0, 0)


def schema_of(kind: LabelKind = "binary") -> Schema:
    features = {
        "a": Numeric(dtype="float64"),
        "c": Categorical(),
        "b": Numeric(bucketize=Bucketize(quantiles=3), dtype="int64"),
    }
    return Schema(features=dict(features), label=Label(column="y", kind=kind))


@pytest.mark.parametrize(
    ("kind", "names"), [("binary", ["a", "b"]), ("multiclass", ["a", "b"]), ("regression", ["a", "b", "y"])]
)
def test_numeric_features_and_a_numbers_label_have_states(kind: LabelKind, names: list[str]) -> None:
    columns = number_columns(schema_of(kind))
    assert list(columns) == names
    assert columns["a"] is not None
    assert columns.get("y") is None


@pytest.mark.parametrize("held", [1, 2, 16])
def test_ranges_merge_to_the_statistics_of_all_rows(
    data_folder: DataFolder, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_numbers, "_HELD", held)
    ranges = [([0.5, None], [1, 2]), ([0.5, 3.0], [2, 3]), ([float("nan"), -1.0], [4, None])]
    staged = [stage_numbers(data_folder, part, [state_of(a), state_of(b)]) for part, (a, b) in enumerate(ranges)]
    rows = [RowSums(6, 0, 0), NOTHING, NOTHING]
    first, second = merge_features(data_folder, schema_of(), staged, rows, [0, 1])
    assert (first.feature, second.feature) == ("a", "b")
    assert first.statistics[0] == described(state_of([a for part, _ in ranges for a in part]), 6)
    assert second.statistics[0].distinct == 4
    assert second.statistics[0].quantiles is not None
    assert {1 / 3, 2 / 3} <= set(second.statistics[0].quantiles.probabilities)
    assert [statistics.count for statistics in second.statistics] == [5, 0, 0]


def test_counts_are_published_in_one_file_for_all_features_of_a_task(data_folder: DataFolder) -> None:
    staged = [stage_numbers(data_folder, 0, [state_of([1.5, 1.5, -2.0]), state_of([7, 8, 7])])]
    merged = merge_features(data_folder, schema_of(), staged, [RowSums(3, 0, 0), NOTHING, NOTHING], [0, 1])
    assert [each.counts.path for each in merged] == ["values/00000.arrow"] * 2
    data = data_folder.files.read("values/00000.arrow")
    assert {(each.counts.bytes, each.counts.sha256) for each in merged} == {
        (len(data), hashlib.sha256(data).hexdigest())
    }
    tables = [CountsFile(data, "it").column(each.counts.batch, each.counts.shift).table for each in merged]
    assert tables[0].to_pydict() == {
        "low": [-2.0, 1.5],
        "high": [-2.0, 1.5],
        "train": [1, 2],
        "validation": [0, 0],
        "test": [0, 0],
    }
    assert tables[1].column("train").to_pylist() == [2, 1]


def test_a_later_feature_is_merged_alone_from_the_middle_of_the_files(data_folder: DataFolder) -> None:
    staged = [stage_numbers(data_folder, part, [state_of([0.0]), state_of([part])]) for part in range(3)]
    (merged,) = merge_features(data_folder, schema_of(), staged, [RowSums(3, 0, 0), NOTHING, NOTHING], [1])
    assert (merged.statistics[0].min, merged.statistics[0].max, merged.counts.path) == (0, 2, "values/00001.arrow")


def test_without_numbers_there_is_no_file(data_folder: DataFolder) -> None:
    assert stage_numbers(data_folder, 0, []).ends == [0]
    assert [name for name in data_folder.files.files("staging") if name.startswith("numbers")] == []
    schema = Schema(features={"c": Categorical()}, label=Label(column="y"))
    assert plan_number_merges([StagedNumbers("", [0])], schema) == []


@pytest.mark.parametrize(
    ("sizes", "merges"),
    [([1, 1, 1], [[0, 1, 2]]), ([3, 2, 2], [[0], [1, 2]]), ([2, 2, 2], [[0, 1], [2]]), ([9, 1, 9], [[0], [1], [2]])],
)
def test_small_columns_share_a_task(sizes: list[int], merges: list[list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged_numbers, "TASK_BYTES", 8)
    ends = [0, sizes[0], sum(sizes[:2]), sum(sizes)]
    staged = [StagedNumbers("one", ends), StagedNumbers("other", ends)]
    assert plan_number_merges(staged, schema_of("regression")) == merges
