"""Drift on the terminal: the most drifted first, and rules that differ."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from tandem.tables.drift import comparison_table, difference_lines, skew_table


def feature(name: str, divergence: float | None, **more: Any) -> dict[str, Any]:
    return {
        "feature": name,
        "jensen_shannon": divergence,
        "l_infinity": 0.25,
        "l_infinity_at": "[x]",
        "missing_share": [0.5, None],
        "new": None,
        "exceeded": [],
        **more,
    }


COMPARISON: dict[str, Any] = {
    "dataset": "june",
    "split": "train",
    "other": "may",
    "other_split": "test",
    "rows": [1200, 300],
    "features": [
        feature("steady", 0.0),
        feature("unknown", None),
        feature("moved", 0.75, exceeded=["jensen_shannon"]),
    ],
    "schema_differences": [
        {"feature": "added", "here": {"kind": "numeric"}, "there": None},
        {"feature": "gone", "here": None, "there": {"kind": "numeric"}},
        {"feature": "other", "here": {"kind": "numeric", "impute": "mean"}, "there": {"kind": "numeric"}},
    ],
}


def shown(table: Any) -> list[str]:
    console = Console(width=200, color_system="truecolor", force_terminal=True, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get().splitlines()


def test_the_most_drifted_column_comes_first_and_is_red_past_a_threshold() -> None:
    title, _, *rows = shown(comparison_table(COMPARISON))
    assert "june, train: 1,200 rows; compared with may, test: 300 rows" in title
    assert [("\x1b[31m" in row, row.replace("\x1b[31m", "").split()[0]) for row in rows] == [
        (True, "moved\x1b[0m"),
        (False, "steady"),
        (False, "unknown"),
    ]
    assert rows[1].split()[1:] == ["0.0000", "0.2500", "0.5000", "-", "[x]"]


def test_rules_that_differ_are_told() -> None:
    assert difference_lines(COMPARISON) == [
        "added: only here",
        "gone: only there",
        'other: impute is "mean", there null',
    ]


def test_served_rows_are_compared_with_those_of_training() -> None:
    new = {"count": 5, "share": 0.5, "top": [{"text": "a"}, {"text": "b"}, {"text": "c"}, {"text": "d"}]}
    skew = {"model": "m", "version": 2, "rows": [10, 20], "features": [feature("c", 0.5, new=new)]}
    title, _, row = shown(skew_table(skew))
    assert "m, version 2: 10 rows served, 20 trained on" in title
    assert "5 (50.0%): 'a', 'b', 'c' …" in row
