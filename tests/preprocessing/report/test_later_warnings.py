"""Features that stop to vary, or that only grow, are warned of where splits are not random."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import MakeDataset
from tests.preprocessing.report.one_column import NUMBER, ROWS, TOKEN, WHOLE, noise, only, tokens, warnings_of

from contracts.dataset.split_rule import SplitColumn, SplitRule
from contracts.schema import Hashed

BY_TIME = SplitRule(
    by="time", columns=[SplitColumn(name="ts", null_values=[])], shares={}, begins={"test": "2013-11-15"}
)
BY_ROW = SplitRule(by="row", columns=[], shares={"train": 0.5, "test": 0.5})
SPLITS = {"splits": {"time": {"column": "ts", "test_from": "2013-11-15"}}}


def later(column: list[Any], feature: Any, test: list[Any], **manifest: Any) -> Any:
    return warnings_of(column, feature, {"test": test}, split_rule=BY_TIME, request=SPLITS, **manifest)


@pytest.mark.parametrize(
    ("column", "feature", "test", "message"),
    [
        (noise(1), NUMBER, [0.25] * 500, "All 500 values from 2013-11-15 on, in test are 0.25"),
        (noise(1), NUMBER, [None] * 500, "All 500 values are missing from 2013-11-15 on, in test, and 0.0% of them in"),
        (tokens(1), TOKEN, ["a"] * 500, "All 500 values from 2013-11-15 on, in test are “a”, as "),
        (tokens(1), TOKEN, [None] * 500, "All 500 values are missing from 2013-11-15 on, in test"),
    ],
)
def test_a_feature_that_stops_to_vary(column: list[Any], feature: Any, test: list[Any], message: str) -> None:
    warning = only(later(column, feature, test))  # and not of drift or of missing values, too
    assert (warning.kind, warning.split, warning.severity) == ("constant in split", "test", "warning")
    assert message in warning.message
    assert not [each for each in warnings_of(column, feature, {"test": test}) if each.kind == warning.kind]
    by_row = warnings_of(column, feature, {"test": test}, split_rule=BY_ROW, request=SPLITS)
    assert {each.kind for each in by_row} <= {"drift between splits", "missing skew"}


@pytest.mark.parametrize("direction", [1, -1])
def test_numbers_that_only_grow_or_fall(direction: int) -> None:
    ids = [direction * (5 * at + at % 3) for at in range(ROWS)]
    warning = only(later(ids, WHOLE, [direction * (5 * at + at % 3) for at in range(ROWS, ROWS + 300)]))
    assert (warning.kind, warning.split) == ("outside training", "test")
    assert "none is in the range" in warning.message
    nearly = [*(direction * at for at in range(5 * ROWS, 5 * ROWS + 300)), direction * 7]
    assert "hardly any is in the range" in only(later(ids, WHOLE, nearly)).message
    years = [2010 + at % 3 for at in range(ROWS)]
    assert only(later(years, WHOLE, [2013] * 300)).kind == "outside training"


def test_tokens_that_no_training_row_has() -> None:
    months = [f"2013-{1 + at % 10:02}" for at in range(ROWS)]
    test = [f"2013-1{1 + at % 2}" for at in range(300)]
    warning = only(later(months, TOKEN, test, unseen={"x": {"test": 300}}))
    assert (warning.kind, warning.numbers) == ("outside training", {"unseen": 300, "count": 300})
    assert "None of its 300 values from 2013-11-15 on, in test is a token that occurs in train" in warning.message
    some = only(later(months, Hashed(buckets=10), [*test, "2013-01"], unseen={"x": {"test": 300}}))
    assert "Only 0.33% of its 301" in some.message
    few = later(months, TOKEN, [*test, *months[:30]], unseen={"x": {"test": 300}})
    assert [each.kind for each in few] == ["drift between splits"]
    ids = [f"id{at}" for at in range(ROWS)]
    assert "outside training" not in [
        each.kind for each in later(ids, TOKEN, ["new"] * 300, unseen={"x": {"test": 300}})
    ]


def test_chance_and_few_rows_are_not_warned_of() -> None:
    assert "constant in split" not in [each.kind for each in later(noise(1), NUMBER, [0.5] * 19)]
    rare = [float(at % 50 == 0) for at in range(ROWS)]
    kinds = [each.kind for each in later(rare, NUMBER, [0.0] * 100)]
    assert "constant in split" not in kinds
    mostly = ["a" if at % 25 else "b" for at in range(ROWS)]
    assert "constant in split" not in [each.kind for each in later(mostly, TOKEN, ["a"] * 100)]
    assert only(later(mostly, TOKEN, ["b"] * 100)).kind == "constant in split"
    assert later(noise(1), NUMBER, noise(2)) == []


def test_a_job_warns_of_what_time_changes(make_dataset: MakeDataset) -> None:
    lines = ["ts,y,row,version,month,filled,size,kind"]
    for at in range(600):
        month, is_late = 1 + at // 60, at >= 480
        version = "v9" if is_late else f"v{at % 4}"
        filled, size = ("", 7) if is_late else (at % 11, at * 7919 % 101)
        kind = "c" if is_late else "abc"[at % 3]
        lines.append(
            f"2013-{month:02}-{1 + at % 28:02},{at % 2},{at * 3 + at % 2},{version},m{month},{filled},{size},{kind}"
        )
    made = make_dataset(
        "\n".join(lines) + "\n",
        label={"column": "y"},
        features={
            "row": {"kind": "numeric"},
            "version": {"kind": "categorical"},
            "month": {"kind": "hashed", "buckets": 8},
            "filled": {"kind": "numeric"},
            "size": {"kind": "numeric"},
            "kind": {"kind": "categorical"},
        },
        splits={"time": {"column": "ts", "test_from": "2013-09-01"}},
        partitions=3,
    )
    assert made.manifest.unseen == {"version": {"test": 120}, "month": {"test": 120}}
    found = {each.feature: each.kind for each in made.manifest.warnings or [] if each.split == "test"}
    assert found == {
        "row": "outside training",
        "version": "outside training",
        "month": "outside training",
        "filled": "constant in split",
        "size": "constant in split",
        "kind": "constant in split",
    }
    by_hash = make_dataset("\n".join(lines) + "\n", label={"column": "y"})
    assert by_hash.manifest.unseen == {}
