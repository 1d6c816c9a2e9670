from __future__ import annotations

from rich.console import Console

from tandem.tables.folds import folds_table


def test_mean_deviation_interval_and_each_fold() -> None:
    spread = {"mean": 0.75, "std": 0.05, "standard_error": 0.04, "interval": {"low": 0.6, "high": 0.9}}
    folds = [{"fold": number, "metrics": {"auc": value, "rows": 10}} for number, value in ((1, 0.7), (2, 0.8))]
    console = Console(width=120, record=True)
    console.print(folds_table({"by": "key", "folds": folds, "metrics": {"auc": spread}}))
    text = console.export_text()
    assert "2 folds of the training split, by key" in text
    row = next(line for line in text.splitlines() if "auc" in line)
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        *("auc", "0.7500", "0.0500", "0.6000 to 0.9000", "0.7000", "0.8000"),
    ]
