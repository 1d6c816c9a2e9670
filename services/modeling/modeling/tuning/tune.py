"""The predictions of a trained network, with all that the validation split determines."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.engine.engine import JobContext
from contracts.label_kinds import label_traits
from contracts.messages.calibration import Calibration
from contracts.messages.trainings import Training
from modeling.evaluation.forward_pass import ForwardPass
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.optimization.objective import Target
from modeling.tuning.temperature import corrected, fit_temperature
from modeling.tuning.validation_split import ValidationRows, validation_rows


@dataclass(frozen=True)
class Tuned:
    """The predictions that a version makes, and how they were determined."""

    forward: ForwardPass
    calibration: Calibration | None

    @property
    def target(self) -> Target:
        """Return the target with all corrections."""
        return self.forward.target


def tune(forward: ForwardPass, pipeline: InputPipeline, request: Training, context: JobContext) -> Tuned:
    """Determine the temperature. Reads the validation split once where it is needed. Raises `Cancelled`."""
    target = forward.target
    rows = ValidationRows.none(target)
    if label_traits(target.kind).has_probabilities and request.calibration != "none":
        rows = validation_rows(forward, pipeline, request.batch_size, context)
    calibration = fit_temperature(target, rows, request.calibration)
    return Tuned(forward.predicting(corrected(target, calibration)), calibration)
