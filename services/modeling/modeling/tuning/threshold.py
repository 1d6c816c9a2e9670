"""The threshold of a binary label, by the aim of the training request."""

from __future__ import annotations

from contracts.errors import InvalidRequest
from contracts.messages.tuning.thresholds import FixedThreshold, ThresholdSpec
from modeling.evaluation.tuned_predictions import ChosenThreshold
from modeling.metrics.threshold_choice import at_threshold, choose_threshold
from modeling.optimization.objective import Target
from modeling.tuning.validation_split import ValidationRows


def needs_rows(aim: ThresholdSpec | None) -> bool:
    """Return whether rows are needed to find the threshold."""
    return aim is not None and not isinstance(aim, FixedThreshold)


def find_threshold(target: Target, rows: ValidationRows, aim: ThresholdSpec) -> ChosenThreshold:
    """Return the threshold of the target's predictions, chosen on rows of the validation split, or fixed.

    Raises `InvalidRequest` where no row weighs anything.
    """
    if isinstance(aim, FixedThreshold):
        return ChosenThreshold(aim.value, aim)
    if not len(rows.labels):
        raise InvalidRequest(
            "a threshold is chosen on the validation split, and no row of it weighs anything", pointer="/threshold"
        )
    predictions = target.predictions(rows.outputs)
    value, met = choose_threshold(aim, rows.labels, predictions, rows.weights)
    return ChosenThreshold(value, aim, met, at_threshold(value, aim, rows.labels, predictions, rows.weights))
