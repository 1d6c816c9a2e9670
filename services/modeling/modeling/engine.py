"""The engine in the jobs' child process: loads TensorFlow once and runs one job after another, of the kinds in `job_kinds`."""

from __future__ import annotations

import importlib
from typing import Any

from chassis.engine.engine import JobContext
from modeling.job_kinds import KINDS
from modeling.settings import ModelingSettings


class TrainingEngine:
    """Runs trainings and batch predictions: a `chassis.engine.engine.Engine`."""

    def __init__(self, settings: ModelingSettings) -> None:
        self._settings = settings

    def warm(self) -> None:
        """Load TensorFlow, which takes seconds, and in a cluster wait for the workers."""
        importlib.import_module("modeling.distributed.devices").find_devices()
        KINDS.load()

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        """Carry a job out; return its response as JSON. Raises `ValueError` for an unknown kind."""
        declared = KINDS[kind]
        run = declared.load()
        import keras  # noqa: PLC0415  # loaded by `warm`, and only in the child

        try:
            return run(declared.request.model_validate(request), context, self._settings)
        finally:
            keras.backend.clear_session()

    def close(self) -> None:
        """Release nothing: only memory is held."""


def create(settings_json: str) -> TrainingEngine:
    """Make the engine from the service's settings as JSON."""
    return TrainingEngine(ModelingSettings.model_validate_json(settings_json))
