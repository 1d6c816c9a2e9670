"""A model's metrics beside those of the baseline, which always predicts the label's mean."""

from __future__ import annotations

from typing import Any

from rich.table import Table

_HIGHER_IS_BETTER = {"auc": True, "accuracy": True, "log_loss": False}


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
