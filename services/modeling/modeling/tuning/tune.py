"""The predictions of a trained network, with all that the validation split determines."""

from __future__ import annotations

from chassis.engine.engine import JobContext
from contracts.label_kinds import label_traits
from contracts.messages.trainings import Training
from modeling.evaluation.forward_pass import ForwardPass
from modeling.evaluation.tuned_predictions import Tuned
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.tuning.temperature import corrected, fit_temperature
from modeling.tuning.threshold import find_threshold, needs_rows
from modeling.tuning.validation_split import ValidationRows, validation_rows


def tune(forward: ForwardPass, pipeline: InputPipeline, request: Training, context: JobContext) -> Tuned:
    """Determine temperature and threshold. Reads the validation split once where it is needed. Raises `Cancelled`."""
    target = forward.target
    rows = ValidationRows.none(target)
    is_read = label_traits(target.kind).has_probabilities and request.calibration != "none"
    if is_read or needs_rows(request.threshold):
        rows = validation_rows(forward, pipeline, request.batch_size, context)
    calibration = fit_temperature(target, rows, request.calibration)
    target = corrected(target, calibration)
    threshold = None if request.threshold is None else find_threshold(target, rows, request.threshold)
    return Tuned(forward.predicting(target), calibration, threshold)
