"""`make quality`: how good models are on real data with nothing tuned, beside others' best. Writes `build/quality.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.quality import flights, penguins

RESULT = Path("build/quality.json")


def main() -> None:
    found: dict[str, Any] = {"flights": flights.measure(), "penguins": penguins.measure()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    show(found)
    print(f"written to {RESULT}")


def show(found: dict[str, Any]) -> None:
    """The figures as a table for people."""
    late = found["flights"]
    table = Table("nycflights13, more than 15 minutes late, test split", "AUC")
    table.add_row("dnn, the default", f"{late['dnn_auc']:.4f}")
    table.add_row("linear, the default", f"{late['linear_auc']:.4f}")
    table.add_row("scikit-learn's histogram gradient boosting", f"{late['gbt_auc']:.4f}")
    table.add_row(
        "largest difference of a metric between records none, raw and transformed", f"{late['mode_spread']:.4f}"
    )
    table.add_row("palmerpenguins, three species, test split: accuracy", f"{found['penguins']['accuracy']:.4f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
