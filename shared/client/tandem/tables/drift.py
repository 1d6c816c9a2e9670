"""Drift between rows on the terminal: of served rows from training rows, and of one dataset from another."""

from __future__ import annotations

import json
from typing import Any

from rich.markup import escape
from rich.table import Table


def skew_table(skew: dict[str, Any]) -> Table:
    """Return a table with a row per feature, the most drifted first; values past a threshold are red."""
    served, trained = skew["rows"]
    title = f"{skew['model']}, version {skew['version']}: {served:,} rows served, {trained:,} trained on"
    return _drift_table(skew["features"], title, ("missing served", "in training"))


def comparison_table(comparison: dict[str, Any]) -> Table:
    """Return a table with a row per column of two datasets, the most drifted first; values past a threshold are red."""
    here, there = comparison["rows"]
    title = (
        f"{comparison['dataset']}, {comparison['split']}: {here:,} rows; compared with {comparison['other']}, "
        f"{comparison['other_split']}: {there:,} rows"
    )
    return _drift_table(comparison["features"], title, ("missing here", "there"))


def difference_lines(comparison: dict[str, Any]) -> list[str]:
    """Return a line for each feature whose rules differ between two datasets."""
    return [
        escape(f"{difference['feature']}: {_difference(difference['here'], difference['there'])}")
        for difference in comparison["schema_differences"]
    ]


def _difference(here: dict[str, Any] | None, there: dict[str, Any] | None) -> str:
    if here is None or there is None:
        return "only there" if here is None else "only here"
    names = [name for name in {**here, **there} if here.get(name) != there.get(name)]
    return ", ".join(f"{name} is {json.dumps(here.get(name))}, there {json.dumps(there.get(name))}" for name in names)


def _drift_table(features: list[dict[str, Any]], title: str, missing: tuple[str, str]) -> Table:
    table = Table("feature", title=escape(title), box=None, pad_edge=False)
    for column in ("Jensen-Shannon", "L-infinity", *missing):
        table.add_column(column, justify="right")
    table.add_column("largest difference at")
    table.add_column("new categories")
    for drift in sorted(features, key=lambda drift: -(drift["jensen_shannon"] or 0.0)):
        exceeded = drift["exceeded"]
        missing_here, missing_there = drift["missing_share"]
        table.add_row(
            f"[red]{escape(drift['feature'])}[/]" if exceeded else escape(drift["feature"]),
            _limited(drift["jensen_shannon"], past="jensen_shannon" in exceeded),
            _limited(drift["l_infinity"], past="l_infinity" in exceeded),
            _limited(missing_here, past="missing_share" in exceeded),
            _limited(missing_there, past=False),
            escape(drift["l_infinity_at"] or ""),
            _new_categories(drift["new"]),
        )
    return table


def _limited(value: float | None, *, past: bool) -> str:
    shown = "-" if value is None else f"{value:.4f}"
    return f"[red]{shown}[/]" if past else shown


def _new_categories(new: dict[str, Any] | None) -> str:
    if not new or not new["count"]:
        return ""
    named = ", ".join(repr(token["text"]) for token in new["top"][:3])
    return escape(f"{new['count']:,} ({new['share']:.1%}): {named}{' …' if new['count'] > 3 else ''}")
