"""What came of jobs, in words: the rows of a dataset; a model's metrics beside the baseline's, which always says the mean."""

from __future__ import annotations

from typing import Any

from rich.table import Table

_HIGHER_IS_BETTER = {"auc": True, "accuracy": True, "log_loss": False}


def dataset_line(response: dict[str, Any]) -> str:
    """The rows of each split, the rows left out, and the bytes of records that a dataset job reports."""
    rows: dict[str, int] = response.get("rows", {})
    splits = ", ".join(f"{split} {count:,}" for split, count in rows.items())
    unlabelled = response.get("leftOut", {}).get("withoutLabel", 0)
    left_out = f"; {unlabelled:,} without a label left out" if unlabelled else ""
    return f"{sum(rows.values()):,} rows ({splits}){left_out}; {response.get('bytes', 0) / 1e6:.1f} MB of records"


def metrics_table(response: dict[str, Any]) -> Table:
    """A row per metric of a training job's response: the model's, the baseline's, the better one in green."""
    table = Table("metric (test split)", title=f"model {response.get('model')}, version {response.get('version')}")
    table.add_column("model", justify="right")
    table.add_column("baseline", justify="right")
    evaluation = response.get("evaluation", {})
    metrics, baseline = evaluation.get("test", {}), evaluation.get("baseline", {})
    for name, value in metrics.items():
        if isinstance(value, int | float) or value is None:
            other = baseline.get(name)
            table.add_row(
                name.replace("_", " "),
                _shown(value, wins=_wins(name, value, other)),
                _shown(other, wins=_wins(name, other, value)),
            )
    return table


def _shown(value: float | None, *, wins: bool) -> str:
    if value is None:
        return "-"
    shown = f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
    return f"[green]{shown}[/]" if wins else shown


def _wins(name: str, value: float | None, other: float | None) -> bool:
    if value is None or other is None or name not in _HIGHER_IS_BETTER:
        return False
    return value > other if _HIGHER_IS_BETTER[name] else value < other
