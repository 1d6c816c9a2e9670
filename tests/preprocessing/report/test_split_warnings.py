"""Warnings about sizes, labels and missing values of splits that differ beyond chance."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.preprocessing.described import Split, manifest_of, statistics_of
from tests.preprocessing.report.one_column import LABEL, NUMBER, ROWS, noise, only, warnings_of

from contracts.dataset.requested_splits import asked_shares
from contracts.messages.datasets import DatasetRequest
from contracts.schema import SplitName
from contracts.statistics import (
    AnyLabelStatistics,
    ClassCount,
    ClassLabelStatistics,
    NumberLabelStatistics,
    SplitStatistics,
    Statistics,
)
from preprocessing.report.find_warnings import find_warnings
from preprocessing.report.split_warnings import differ, split_warnings


def test_splits_of_other_sizes_than_asked_for() -> None:
    request = {"splits": {"train": 0.8, "validation": 0.1, "test": 0.1}}
    found = warnings_of(noise(1), NUMBER, {"validation": noise(2, 100), "test": []}, request=request)
    assert [(each.kind, each.severity, each.split) for each in found] == [
        ("split size", "serious", "test"),
        ("split size", "warning", "train"),
        ("split size", "warning", "validation"),
    ]
    assert found[2].numbers == {"rows": 100, "asked": 0.1, "share": pytest.approx(100 / 2100)}
    rest = warnings_of(noise(1, 1600), NUMBER, {"validation": noise(2, 200), "test": noise(3, 200)}, request={})
    assert rest == []
    small = warnings_of(noise(1, 400), NUMBER, {"validation": noise(2, 50), "test": noise(3, 50)}, request={})
    assert {(each.kind, each.severity) for each in small} == {("split size", "note")}


@pytest.mark.parametrize(
    "splits",
    [
        {"column": "fold", "values": {"train": [0, 1], "validation": [2], "test": [3]}},
        {"time": {"column": "ts", "validation_from": "2013-10-01", "test_from": "2013-11-15"}},
        {"files": {"train": ["a.csv"], "validation": ["b.csv"], "test": ["c.csv"]}},
    ],
)
def test_splits_without_shares_are_empty_or_small(splits: dict[str, Any]) -> None:
    found = warnings_of(noise(1), NUMBER, {"validation": noise(2, 50), "test": []}, request={"splits": splits})
    assert [(each.kind, each.severity, each.split) for each in found] == [
        ("split size", "serious", "test"),
        ("split size", "note", "validation"),
    ]
    assert found[0].message == "The test split is empty."


@pytest.mark.parametrize(
    ("splits", "asked"),
    [
        ({"train": 0.9, "test": 0.1, "validation": 0.0}, {"train": 0.9, "test": 0.1}),
        ({"column": "fold", "values": {"train": [0], "test": [None], "validation": []}}, {"train": None, "test": None}),
        ({"time": {"column": "ts", "test_from": 2013}}, {"train": None, "test": None}),
        (
            {"time": {"column": "ts", "shares": {"train": 0.5, "validation": 0.0, "test": 0.5}}},
            {"train": 0.5, "test": 0.5},
        ),
        ({"files": {"train": ["a.csv"], "validation": ["b.csv"]}}, {"train": None, "validation": None}),
    ],
)
def test_splits_that_should_have_rows(splits: dict[str, Any], asked: dict[str, float | None]) -> None:
    usual = {"name": "d", "source": {"format": "csv", "uris": ["a.csv", "b.csv"]}, "label": {"column": "y"}}
    assert asked_shares(DatasetRequest.model_validate({**usual, "splits": splits}).splits) == asked


def test_missing_values_in_one_split_only() -> None:
    holes = [None if at % 4 == 0 else value for at, value in enumerate(noise(2))]
    found = only(warnings_of(noise(1), NUMBER, {"validation": holes}))
    assert (found.kind, found.split, found.numbers) == (
        "missing skew",
        "validation",
        {"train": 0.0, "validation": 0.25},
    )


def test_label_skew() -> None:
    splits: dict[SplitName, Split] = {
        "train": {"x": noise(1), "label": LABEL},
        "test": {"x": noise(2), "label": [float(at % 2 == 0) for at in range(ROWS)]},
    }
    statistics = statistics_of(splits, {"x": NUMBER})
    found = only(find_warnings(manifest_of("d", statistics, {"x": NUMBER}), statistics))
    assert (found.kind, found.split, found.numbers) == ("label skew", "test", {"train": 667 / 2000, "test": 0.5})


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 500), st.integers(1, 500))
def test_shares_differ_in_both_directions_or_in_neither(first: int, rest: int, second: int, other: int) -> None:
    sides = (first, first + rest), (second, second + other)
    assert differ(*sides[0], *sides[1], 0.02) == differ(*sides[1], *sides[0], 0.02)
    assert not differ(*sides[0], *sides[0], 0.0)


@pytest.mark.parametrize("sides", [(0, 0, 5, 10), (5, 10, 0, 0), (0, 10, 0, 10), (10, 10, 10, 10)])
def test_splits_without_rows_and_equal_shares_do_not_differ(sides: tuple[int, int, int, int]) -> None:
    assert not differ(*sides, 0.0)


def test_a_difference_needs_enough_rows() -> None:
    assert not differ(10, 100, 20, 100, 0.02)
    assert differ(100, 1000, 200, 1000, 0.02)
    assert not differ(100_000, 1_000_000, 101_000, 1_000_000, 0.02)


def with_labels(**labels: AnyLabelStatistics) -> Statistics:
    splits: Any = {name: SplitStatistics(rows=found.count, features={}, label=found) for name, found in labels.items()}
    return Statistics(splits=splits)


def classes(**counts: int) -> ClassLabelStatistics:
    found = [ClassCount(value=name, count=count) for name, count in counts.items()]
    return ClassLabelStatistics(count=sum(counts.values()), classes=found)


def test_the_class_that_differs_most_is_named() -> None:
    statistics = with_labels(train=classes(a=500, b=300, c=200), test=classes(a=480, b=100, c=420))
    found = only([*split_warnings(statistics, {})])
    assert (found.kind, found.split, found.numbers) == ("label skew", "test", {"train": 0.2, "test": 0.42})
    assert "share of class c is 0.2000 in train" in found.message
    assert [*split_warnings(with_labels(train=classes(a=500, b=500), test=classes(a=49, b=51)), {})] == []
    assert [*split_warnings(with_labels(train=classes(a=500, b=500), test=classes(a=0, b=0)), {})] == []


def number_label(values: list[float]) -> NumberLabelStatistics:
    statistics = statistics_of({"train": {"x": values, "label": [0.0] * len(values)}}, {"x": NUMBER})
    return NumberLabelStatistics(count=len(values), numbers=statistics.numeric("x"))


def test_means_of_a_numeric_label_differ_by_deviations() -> None:
    train = number_label(noise(1))
    found = only([*split_warnings(with_labels(train=train, test=number_label([each + 0.5 for each in noise(2)])), {})])
    assert (found.kind, found.split) == ("label skew", "test")
    assert found.numbers["test"] - found.numbers["train"] == pytest.approx(0.5, abs=0.1)
    for close in (noise(2), [each + 0.05 for each in noise(1)], [each + 0.5 for each in noise(2, 20)], []):
        assert [*split_warnings(with_labels(train=train, test=number_label(close)), {})] == []
