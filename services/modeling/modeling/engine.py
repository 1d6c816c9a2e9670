"""What the job's child process runs: trainings, one after another, with TensorFlow loaded once."""

from __future__ import annotations

import importlib
from typing import Any

from chassis.engine import JobContext
from contracts.storage import Storage
from modeling.messages import TrainingRequest
from modeling.settings import ModelingSettings
from modeling.versions import TRAINING


class TrainingEngine:
    """See `chassis.engine.Engine`."""

    def __init__(self, settings: ModelingSettings) -> None:
        self._settings = settings

    def warm(self) -> None:
        """Load TensorFlow, which takes seconds."""
        importlib.import_module("modeling.training")

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        """Train; gives a `TrainingResponse` as JSON. There is no other kind of job."""
        if kind != TRAINING:
            raise ValueError(f"the only kind of job here is {TRAINING}. Received: {kind!r}")
        import keras  # noqa: PLC0415  # loaded by `warm`, and only in the child

        from modeling.training import train  # noqa: PLC0415  # so is this

        try:
            parsed = TrainingRequest.model_validate(request)
            response = train(Storage(self._settings.storage), self._settings.source_roots, parsed, context)
        finally:
            keras.backend.clear_session()
        return response.model_dump(mode="json")

    def close(self) -> None:
        """Nothing is held but memory."""


def create(settings_json: str) -> TrainingEngine:
    """The engine, from the service's settings as JSON."""
    return TrainingEngine(ModelingSettings.model_validate_json(settings_json))
