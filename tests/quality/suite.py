"""Tables that nobody tuned for: the default network, and what scikit-learn has, on the same rows.

Everything is as a user gets it who knows no more than the label's column: the schema is that of `schemas:infer`, the training has
no option but its seed. Competitors are given the same columns as they are in the file, whatever the proposal excludes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tests.quality import missing
from tests.quality.competitors import compete
from tests.quality.models import Models
from tests.quality.rows import Rows
from tests.quality.scores import METRICS, behind, is_better, scores
from tests.quality.tables import TABLES

from contracts.dataset.published import open_dataset
from contracts.errors import NotFound
from contracts.storage import Storage

MISSING = ("computing-jobs", "diamonds")
"""Tables of which the figures with fields made missing are added: several classes, and a number."""
NAMES = ("tandem", "gbt", "gbt_500", "linear")
Figures = dict[str, Any]


def measure(
    root: Path,
    names: Sequence[str],
    seeds: int,
    options: Mapping[str, Any],
    run: Callable[[str, Callable[[], Mapping[str, Any]]], None],
) -> None:
    """Measure some tables, each as a part of its own under `suite`, with the ranks of all so far."""
    make_datasets(root, names)
    models = Models(root)
    tables: dict[str, Figures] = {}

    def of_table(name: str) -> Figures:
        tables[name] = measure_table(models, root, name, seeds, options)
        return {"suite": tables, **summary(tables)}

    for name in names:
        run(f"suite: {name}", lambda name=name: of_table(name))


def make_datasets(root: Path, names: Sequence[str]) -> None:
    """Make the datasets that are not in the folder yet."""
    storage = Storage(str(root / "storage"))
    wanted = [name for name in names if not _exists(storage, f"{name}-rows")]
    if wanted:
        subprocess.run([sys.executable, "-m", "tests.quality.suite_datasets", str(root), *wanted], check=True)


def _exists(storage: Storage, name: str) -> bool:
    try:
        open_dataset(storage, name)
    except NotFound:
        return False
    return True


def measure_table(models: Models, root: Path, name: str, seeds: int, options: Mapping[str, Any]) -> Figures:
    """Return a table's figures: of each model the metric, its calibration error, and what a training took."""
    table = TABLES[name]
    rows = Rows.read(root, f"{name}.csv", f"{name}-rows")
    test = rows.at("test")
    labels = rows.labels[test]
    text = rows.text.drop(columns=table.label).iloc[test]
    trained = [models.train(name, seed, **options) for seed in range(seeds)]
    begun = time.perf_counter()
    predictions = {
        "tandem": [models.predict(one, text) for one in trained],
        **compete(table.kind, rows, table.label, seeds),
    }
    scored = {model: [scores(table.kind, labels, one) for one in of_seeds] for model, of_seeds in predictions.items()}
    metric = METRICS[table.kind]
    figures: Figures = {
        "kind": table.kind,
        "metric": metric,
        "rows": len(rows.text),
        "columns": rows.text.shape[1] - 1,
        **{model: _mean(of_seeds, metric) for model, of_seeds in scored.items()},
        "behind_gbt": behind(metric, _mean(scored["tandem"], metric), _mean(scored["gbt"], metric)),
        "by_seed": [one[metric] for one in scored["tandem"]],
        "kept_epochs": [[one.response["kept_epoch"], len(one.response["history"])] for one in trained],
        "seconds": float(np.mean([one.seconds for one in trained])),
        "cpu_seconds": float(np.mean([one.cpu_seconds for one in trained])),
        "competitors_seconds": time.perf_counter() - begun,
    }
    for more in ("log_loss", "calibration_error"):
        if more in scored["tandem"][0]:
            figures[more] = {model: _mean(of_seeds, more) for model, of_seeds in scored.items()}
    if name in MISSING:
        figures |= missing.measure(models, trained[0], rows, open_dataset(models.storage, name).schema)
    return _rounded(figures)


def _mean(of_seeds: Sequence[Mapping[str, float]], name: str) -> float:
    return float(np.mean([one[name] for one in of_seeds]))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) if abs(value) < 1000 else round(value, 2)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value


def summary(tables: Mapping[str, Figures]) -> Figures:
    """Return each model's mean rank, and how far ours is behind boosting with its defaults, in the mean by metric."""
    ranks: dict[str, list[float]] = {name: [] for name in NAMES}
    for figures in tables.values():
        for name, rank in ranks_of(figures).items():
            ranks[name].append(rank)
    by_metric: dict[str, list[float]] = {}
    for figures in tables.values():
        by_metric.setdefault(figures["metric"], []).append(figures["behind_gbt"])
    return {
        "mean_rank": {name: round(float(np.mean(of_name)), 3) for name, of_name in ranks.items()},
        "mean_behind_gbt": {metric: round(float(np.mean(values)), 5) for metric, values in by_metric.items()},
    }


def ranks_of(figures: Figures) -> dict[str, float]:
    """Return the rank of each model on one table, 1 for the best; equal ones share the mean of their ranks."""
    metric = figures["metric"]
    ranks: dict[str, float] = {}
    for name in NAMES:
        others = [figures[other] for other in NAMES if other != name]
        better = sum(is_better(metric, other, figures[name]) for other in others)
        ranks[name] = 1 + better + sum(other == figures[name] for other in others) / 2
    return ranks
