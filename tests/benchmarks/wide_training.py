"""Training, loading and the first prediction of wide tables, from the datasets that `wide_jobs` left: 300 rows and one epoch.

`--network` chooses another network than the default one, `--widths` the numbers of columns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tests.benchmarks.parts import BUILD, print_each

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
import keras

from chassis.engine.engine import JobContext
from contracts.messages.trainings import TrainingRequest
from contracts.storage import Storage
from modeling.protocols.tensorflow_predict import predict
from modeling.reports.version_report import report_page
from modeling.repository.versions import VersionManifest, read_detail, read_manifest
from modeling.serving.load_saved_model import load
from modeling.training.train import train

FOLDER = BUILD / "wide"


def measure(widths: list[int], network: str | None) -> Iterator[dict[str, Any]]:
    """Yield the seconds of a training by phase, of a load with the first prediction, and the bytes of the report, at each width.

    A training of twenty columns before them loads what TensorFlow loads once.
    """
    storage = Storage(str(FOLDER / "storage"))
    shutil.rmtree(FOLDER / "storage" / "models", ignore_errors=True)
    for name in ("warm", *(f"wide{width}" for width in widths)):
        asked = {} if network is None else {"network": {"kind": network}}
        request = TrainingRequest.model_validate({"model": name, "dataset": name, "epochs": 1, **asked})
        begun = time.perf_counter()
        trained = train(storage, [str(FOLDER)], request, JobContext.alone(name), state=FOLDER / "trainings")
        seconds = time.perf_counter() - begun
        keras.backend.clear_session()
        manifest = read_manifest(storage, name, trained.version)
        page = report_page(manifest, read_detail(storage, manifest), [], is_default=True)
        yield {
            f"train_{name}_s": round(seconds, 2),
            f"train_{name}_phases": trained.seconds,
            f"first_prediction_{name}_s": round(_first_prediction(storage, manifest), 3),
            f"version_report_{name}_bytes": len(page.body),
        }


def _first_prediction(storage: Storage, manifest: VersionManifest) -> float:
    """Return the seconds from a version on disk to its first reply."""
    features = manifest.schema_.features.items()
    row = {name: 100.5 if feature.column_type == "number" else "token 7" for name, feature in features}
    body = json.dumps({"instances": [row]}).encode()
    begun = time.perf_counter()
    loaded = load(storage, manifest)
    call = predict(body)(loaded)
    call.reply(loaded.signatures[call.signature].call(*call.values))
    return time.perf_counter() - begun


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--widths", type=lambda text: [int(width) for width in text.split(",")], required=True)
    arguments.add_argument("--network")
    given = arguments.parse_args()
    print_each(measure(given.widths, given.network))
