"""What the job's child process runs: trainings and batch predictions, one after another, with TensorFlow loaded once."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from chassis.engine.engine import JobContext
from contracts.storage import Storage
from modeling.batch_prediction.messages import BATCH_PREDICTION, BatchRequest
from modeling.messages.trainings_and_models import TrainingRequest
from modeling.repository.versions import TRAINING
from modeling.settings import ModelingSettings


class TrainingEngine:
    """See `chassis.engine.engine.Engine`."""

    def __init__(self, settings: ModelingSettings) -> None:
        self._settings = settings

    def warm(self) -> None:
        """Load TensorFlow, which takes seconds, and in a cluster wait for the workers."""
        importlib.import_module("modeling.distributed.devices").find_devices()
        importlib.import_module("modeling.training.train")

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        """Train, or predict for files; gives a `TrainingResponse` or `Predictions` as JSON."""
        if kind not in {TRAINING, BATCH_PREDICTION}:
            raise ValueError(f"the kinds of jobs here are {TRAINING} and {BATCH_PREDICTION}. Received: {kind!r}")
        import keras  # noqa: PLC0415  # loaded by `warm`, and only in the child

        from modeling.batch_prediction.run import predict_files  # noqa: PLC0415  # so are these
        from modeling.distributed.devices import find_devices  # noqa: PLC0415
        from modeling.training.cluster import leave_cluster  # noqa: PLC0415
        from modeling.training.train import train  # noqa: PLC0415

        devices = find_devices()
        storage, roots = Storage(self._settings.storage), self._settings.source_roots
        try:
            if kind == BATCH_PREDICTION:
                found = predict_files(storage, roots, BatchRequest.model_validate(request), context)
                return found.model_dump(mode="json")
            asked = TrainingRequest.model_validate(request)
            state = Path(self._settings.state)
            return train(storage, roots, asked, context, state=state, devices=devices).model_dump(mode="json")
        except Exception as error:
            if devices.is_in_step:
                leave_cluster(error)
            raise
        finally:
            keras.backend.clear_session()

    def close(self) -> None:
        """Nothing is held but memory."""


def create(settings_json: str) -> TrainingEngine:
    """The engine, from the service's settings as JSON."""
    settings = ModelingSettings.model_validate_json(settings_json)
    if os.environ.get("TF_CONFIG") and settings.jobs_at_once > 1:
        raise ValueError(
            f"a cluster (TF_CONFIG) runs one job at a time. Received: jobs_at_once {settings.jobs_at_once}"
        )
    return TrainingEngine(settings)
