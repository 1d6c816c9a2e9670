"""The report's section on another dataset: which columns come first, and what their rows show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.preprocessing.described import Split, statistics_of

from contracts.messages.comparisons import Categories, Comparison, FeatureDrift, FeatureThresholds, SchemaDifference
from contracts.schema import Categorical, Numeric
from contracts.statistics import TokenCount
from preprocessing.report.drift import ComparedDataset, DriftSection, drift_section

FEATURES: Any = {"amount": Numeric(dtype="float64"), "shop": Categorical(), "empty": Numeric(dtype="float64")}
SPLIT: Split = {"amount": [1.0, 2.0, 4.0], "shop": ["a", "b", "a"], "empty": [None] * 3, "label": [0.0, 1.0, 0.0]}
STATISTICS = statistics_of({"train": SPLIT}, FEATURES)


def drift(feature: str, kind: Any = "numeric", **more: Any) -> FeatureDrift:
    usual: dict[str, Any] = {
        "l_infinity": 0.1,
        "l_infinity_at": None,
        "jensen_shannon": 0.1,
        "missing_share": [0.0, 0.0],
        "exceeded": [],
    }
    return FeatureDrift(feature=feature, kind=kind, **{**usual, **more})


def section(*features: FeatureDrift, rules: list[SchemaDifference] | None = None, **limits: float) -> DriftSection:
    comparison = Comparison(
        dataset="here",
        split="train",
        other="there",
        other_split="train",
        rows=[3, 3],
        drifted=[found.feature for found in features if found.exceeded],
        features=[*features],
        schema_differences=rules or [],
    )
    places = {name: index for index, name in enumerate(FEATURES)}
    return drift_section(STATISTICS, ComparedDataset(comparison, FeatureThresholds(**limits), STATISTICS), places)


def test_columns_beyond_a_threshold_come_first_then_those_that_diverge_most() -> None:
    found = section(
        drift("amount", jensen_shannon=None),
        drift("shop", "categorical", jensen_shannon=0.02),
        drift("empty", jensen_shannon=0.3),
        drift("label", "label", jensen_shannon=0.01, exceeded=["missing_share", "l_infinity"]),
    )
    assert [row.name for row in found.rows] == ["label", "empty", "shop", "amount"]
    assert found.rows[0].exceeded == ["missing", "L-infinity"]


def test_a_feature_has_its_place_in_the_table_and_the_label_none() -> None:
    found = section(drift("shop", "categorical"), drift("amount"), drift("shop", "label"))
    assert [row.place for row in found.rows] == [1, 0, None]


def test_densities_are_drawn_where_both_sides_have_a_histogram() -> None:
    found = section(drift("amount"), drift("empty"), drift("shop", "categorical"), drift("label", "label"))
    assert [len(re.findall("<path", row.picture)) for row in found.rows] == [2, 0, 0, 0]


@pytest.mark.parametrize(("shares", "apart"), [([0.25, 0.75], 0.5), ([0.75, 0.25], 0.5), ([None, 0.5], None)])
def test_the_difference_of_missing_shares(shares: list[float | None], apart: float | None) -> None:
    assert section(drift("amount", missing_share=shares)).rows[0].missing_apart == apart


def test_only_the_most_frequent_new_tokens_are_shown() -> None:
    top = [TokenCount.of(f"new\n{at}".encode(), 9 - at) for at in range(7)]
    row = section(drift("shop", "categorical", new=Categories(count=30, share=0.4, top=top))).rows[0]
    assert row.new is not None
    assert row.new.top == [f"new\\n{at}" for at in range(5)]
    assert (row.new.count, row.new.share, row.new.more) == (30, 0.4, 25)
    assert row.vanished is None


def test_thresholds_that_are_not_limited_are_not_listed() -> None:
    assert section(l_infinity=0.1, missing_share=0.0).thresholds == [("L-infinity", 0.1), ("missing", 0.0)]


def test_of_two_rules_only_what_differs_is_shown() -> None:
    here = {"kind": "numeric", "impute": {"constant": 1}, "clip": None}
    there = {"kind": "numeric", "impute": "mean", "scale": "none"}
    found = section(
        rules=[
            SchemaDifference(feature="amount", here=here, there=there),
            SchemaDifference(feature="a\nb", here=None, there={"kind": "hashed"}),
            SchemaDifference(feature="shop", here={}, there={"min_count": 2}),
        ]
    )
    assert found.rules == [
        ("amount", 'impute {"constant": 1}; clip null', "impute mean; scale none"),
        ("a\\nb", "no feature", "kind hashed"),
        ("shop", "-", "min_count 2"),
    ]
