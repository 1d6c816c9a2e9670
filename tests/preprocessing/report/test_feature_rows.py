"""A feature's row in the report: its order, its search words, its rules, facts, tokens and drawings."""

from __future__ import annotations

from typing import Any

from tests.preprocessing.described import Split, statistics_of

from contracts.dataset.warning import DatasetWarning, Severity, WarningKind
from contracts.schema import Categorical, Feature, Numeric, SplitName
from preprocessing.report.feature_rows import FeatureRow, feature_row

NUMBER, TOKEN = Numeric(dtype="float64"), Categorical()
MANY = [f"t{at % 30:02d}" for at in range(600)]


def row_of(
    feature: Feature, warnings: list[DatasetWarning] | None = None, name: str = "x", **columns: list[Any]
) -> FeatureRow:
    splits: dict[Any, Split] = {
        split: {name: column, "label": [float(at % 3 == 0) for at in range(len(column))]}
        for split, column in columns.items()
    }
    statistics = statistics_of(splits, {name: feature})
    by_split: dict[SplitName, Any] = {split: found.features[name] for split, found in statistics.splits.items()}
    return feature_row(7, name, feature, by_split, warnings or [])


def warned(severity: Severity, kind: WarningKind = "constant") -> DatasetWarning:
    return DatasetWarning(kind=kind, severity=severity, message="m", advice="a", numbers={}, feature="x")


def test_one_serious_warning_outweighs_hundreds_of_others() -> None:
    one, many = [warned("serious")], [warned("warning"), *[warned("note")] * 900]
    assert row_of(NUMBER, one, train=[1.0]).weight > row_of(NUMBER, many * 1, train=[1.0]).weight
    assert row_of(NUMBER, many, train=[1.0]).weight > row_of(NUMBER, [warned("warning")], train=[1.0]).weight
    assert row_of(NUMBER, train=[1.0]).weight == 0


def test_the_search_knows_name_kind_and_warnings_once_each() -> None:
    warnings = [warned("serious", "leakage"), warned("note", "leakage"), warned("serious", "leakage")]
    row = row_of(TOKEN, warnings, name="a\nb", train=["a"])
    assert row.kinds == [("serious", "leakage"), ("note", "leakage")]
    assert row.search == "a\\nb categorical serious leakage note"


def test_rules_that_are_not_set_are_not_shown() -> None:
    feature = Numeric(dtype="int64", null_values=["-999"], clip=[0.0, 0.99], indicator=True)
    row = row_of(feature, train=[1.0, 2.0])
    assert (
        row.rules == 'null_values ["-999"]; dtype int64; indicator true; impute mean; clip [0.0, 0.99]; scale standard'
    )
    assert row_of(TOKEN, train=["a"]).rules == "min_count 1; oov_buckets 1"


def test_splits_without_rows_are_left_out() -> None:
    row = row_of(NUMBER, train=[1.0, None, 3.0, 4.0], validation=[], test=[None])
    assert [*row.splits] == ["train", "test"]
    assert row.missing == {"train": 0.25, "test": 1.0}
    facts = dict(row.facts)
    assert facts["values"] == ["3", "0"]
    assert facts["missing"] == ["1", "1"]
    assert facts["minimum"] == ["1", "-"]
    assert facts["median"] == ["3", "-"]


def test_facts_that_no_split_has_are_left_out() -> None:
    row = row_of(NUMBER, train=[None, None])
    assert dict(row.facts)["values"] == ["0"]
    assert not {"mean", "median", "maximum", "mean label where present", "bytes per value"} & {*dict(row.facts)}
    assert (row.thumbnail, row.chart, row.axis) == ("", "", None)


def test_the_axis_spans_all_splits() -> None:
    row = row_of(NUMBER, train=[0.0, 5.0], test=[-3.0, 1.0])
    assert row.axis == (-3.0, 5.0)
    assert 'aria-label="Density of the values in train, test: 2 values from 0 to 5' in row.chart
    assert row.chart.count("<path") == 2


def test_the_most_frequent_tokens_are_listed_with_their_share_of_the_values_present() -> None:
    row = row_of(TOKEN, train=[*MANY, *["t00"] * 30, *[None] * 400])
    assert len(row.tokens) == 10
    assert (row.tokens[0].text, row.tokens[0].count, row.tokens[0].share) == ("t00", 50, 50 / 630)
    assert row.caption == f"top 20: {430 / 630:.1%}"
    assert dict(row.facts)["bytes per value"] == ["3"]
    few = row_of(TOKEN, train=["a", "b", "a", b"\xff"])
    assert (few.caption, [token.text for token in few.tokens]) == ("all 3", ["a", "b", "\\xff"])
    assert dict(few.facts)["values not UTF-8"] == ["1"]


def test_a_category_without_values_has_no_drawing() -> None:
    row = row_of(TOKEN, train=[None, None])
    assert (row.thumbnail, row.tokens, row.caption) == ("", [], "all 0")
