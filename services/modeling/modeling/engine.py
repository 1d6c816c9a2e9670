"""What the job's child process runs: trainings, one after another, with TensorFlow loaded once."""

from __future__ import annotations

from typing import Any

from chassis.engine import JobContext
from contracts.storage import Storage
from modeling.messages import TrainingRequest
from modeling.settings import ModelingSettings

TRAINING = "training"


class TrainingEngine:
    """See `chassis.engine.Engine`."""

    def __init__(self, settings: ModelingSettings) -> None:
        self._settings = settings

    def warm(self) -> None:
        """Load TensorFlow, which takes seconds."""
        import modeling.training  # noqa: F401, PLC0415  # only the child needs it, and only from here on

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        """Train; gives a `TrainingResult` as JSON. There is no other kind of job."""
        if kind != TRAINING:
            raise ValueError(f"the only kind of job here is {TRAINING}. Received: {kind!r}")
        import keras  # noqa: PLC0415

        from modeling.training import train  # noqa: PLC0415

        try:
            parsed = TrainingRequest.model_validate(request)
            version = train(Storage(self._settings.storage), self._settings.source_roots, parsed, context)
        finally:
            keras.backend.clear_session()
        return version.result.model_dump(mode="json")

    def close(self) -> None:
        """Nothing is held but memory."""


def create(settings_json: str) -> TrainingEngine:
    """The engine, from the service's settings as JSON."""
    return TrainingEngine(ModelingSettings.model_validate_json(settings_json))
