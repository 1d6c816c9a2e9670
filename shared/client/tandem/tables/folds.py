"""Results of cross-validation on the terminal: the metrics of each fold, and their mean and spread."""

from __future__ import annotations

from typing import Any

from rich.table import Table


def folds_table(cross_validation: dict[str, Any]) -> Table:
    """Return a table with a row per metric: mean, standard deviation, 95 % interval, and the value of each fold."""
    folds = cross_validation["folds"]
    table = Table("metric (folds)", title=f"{len(folds)} folds of the training split, by {cross_validation['by']}")
    for name in ("mean", "std", "95 % interval", *(f"fold {fold['fold']}" for fold in folds)):
        table.add_column(name, justify="right")
    for name, spread in cross_validation["metrics"].items():
        interval = spread["interval"]
        table.add_row(
            name.replace("_", " "),
            f"{spread['mean']:.4f}",
            f"{spread['std']:.4f}",
            f"{interval['low']:.4f} to {interval['high']:.4f}",
            *(f"{fold['metrics'][name]:.4f}" for fold in folds),
        )
    return table
