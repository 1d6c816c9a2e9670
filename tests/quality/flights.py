"""Every flight that left New York City's airports in 2013: does it arrive more than 15 minutes late?

The features are those of `tandem demo`: what is known before departure. Each network is trained as a request gets it that says
nothing but its kind. Gradient boosting sees the same inputs of the same rows of the same split.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from tests.quality import missing
from tests.quality.models import Models, Trained
from tests.quality.rows import Rows

from contracts.dataset.published import open_dataset
from contracts.schema import SplitName
from modeling.input_pipeline.pipeline import InputPipeline, open_pipeline
from modeling.layers.model_inputs import ModelInputs
from sources.arrays import Array
from tandem.demo_data import FILE

MODES = ("none", "raw", "transformed")
METRICS = ("auc", "pr_auc", "log_loss", "accuracy", "brier")


def measure(add: Callable[[dict[str, Any]], None] = lambda _: None) -> dict[str, Any]:
    """Return `flights`: the test AUC of `tabm`, `dnn`, `linear` and `gbt`, and `mode_spread`; and `missing`, of `tabm`.

    `mode_spread` is by how much a metric of `dnn` differs between modes. `add` is called whenever there is one more figure.
    """
    found: dict[str, float] = {}

    def note(name: str, value: float) -> None:
        found[name] = value
        add({"flights": dict(found)})

    with tempfile.TemporaryDirectory(prefix="tandem-quality-") as folder:
        root = Path(folder)
        # Spark runs in a process of its own, as it does in the services.
        subprocess.run([sys.executable, "-m", "tests.quality.flights_datasets", str(root), *MODES], check=True)
        models = Models(root)
        default = train(models, "raw", "tabm")
        note("tabm_auc", test_metrics(default)["auc"])
        trained = {mode: train(models, mode, "dnn") for mode in MODES}
        dnn = {mode: test_metrics(one) for mode, one in trained.items()}
        note("dnn_auc", dnn["raw"]["auc"])
        note("mode_spread", float(max(np.ptp([metrics[metric] for metrics in dnn.values()]) for metric in METRICS)))
        note("linear_auc", test_metrics(train(models, "raw", "linear"))["auc"])
        note("gbt_auc", gradient_boosting(models, root))
        schema = open_dataset(models.storage, "raw").schema
        rows = Rows.read(root, FILE, "none", [*schema.features]).without_nulls("NA")
        return {"flights": found, **missing.measure(models, default, rows, schema)}


def train(models: Models, dataset: str, network: str) -> Trained:
    """Train a network with nothing but defaults."""
    trained = models.train(dataset, 0, network={"kind": network}, importance={"rows": 0})
    found, test = trained.response, test_metrics(trained)
    print(
        f"{network}, records {dataset}: {found['kept_epoch']} of {len(found['history'])} epochs kept,",
        f"{found['examples_per_second']:,.0f} examples/s,",
        ", ".join(f"{metric} {test[metric]:.4f}" for metric in METRICS),
        file=sys.stderr,
    )
    return trained


def test_metrics(trained: Trained) -> dict[str, float]:
    return trained.response["evaluation"]["test"]


def gradient_boosting(models: Models, root: Path) -> float:
    """Test AUC of scikit-learn's boosting, given the validation split to stop by, and leave to use many trees."""
    dataset = open_dataset(models.storage, "transformed")
    inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
    with open_pipeline(dataset, inputs, [str(root)]) as pipeline:
        train_x, train_y = _split(pipeline, "train")
        validation_x, validation_y = _split(pipeline, "validation")
        test_x, test_y = _split(pipeline, "test")
    numbers = len(dataset.schema.number_inputs)
    # Months, days and hours in their natural order: trees cut them into ranges. The others have none.
    unordered = [numbers + dataset.schema.id_inputs.index(name) for name in ("carrier", "origin", "dest")]
    for name in ("month", "day", "hour"):
        at, feature = numbers + dataset.schema.id_inputs.index(name), dataset.schema.vocabularies[name]
        values = [float(token) for token in dataset.vocabulary(name).tokens.to_pylist()]
        by_id = np.array([*[np.nan] * feature.first_token_id, *values])
        for matrix in (train_x, validation_x, test_x):
            matrix[:, at] = by_id[matrix[:, at].astype(np.int64)]
    boosting = HistGradientBoostingClassifier(
        max_iter=1000,
        early_stopping=True,  # pyright: ignore[reportArgumentType]  # scikit-learn takes it; "auto" misleads pyright
        n_iter_no_change=20,
        categorical_features=unordered,  # pyright: ignore[reportArgumentType]  # as above
        random_state=0,
    )
    boosting.fit(train_x, train_y, X_val=validation_x, y_val=validation_y)
    return round(float(roc_auc_score(test_y, boosting.predict_proba(test_x)[:, 1])), 6)


def _split(pipeline: InputPipeline, split: SplitName) -> tuple[Array, Array]:
    """The model's inputs side by side, float64 [rows, inputs], and the labels."""
    batches = [(*inputs, label) for inputs, label in pipeline.evaluation(split, 8192)]
    numeric, ids, labels = (np.concatenate([batch[at].numpy() for batch in batches]) for at in range(3))
    return np.concatenate([numeric, ids], axis=1, dtype=np.float64), labels
