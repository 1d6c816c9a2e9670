"""A temperature for probabilities that are off: Guo et al., On Calibration of Modern Neural Networks, 2017.

The temperature minimizes the log loss of the validation split, weighted as the training's loss is. It is used only where that
split shows that the probabilities are off: at least `FEWEST_ROWS` rows; the slope of the log loss at temperature 1 at least
`SIGNIFICANT` standard errors from 0, which chance alone does in one of a hundred trainings; and a log loss lower by at least
`WORTHWHILE` of itself. The output that predicts the mean label stays: a row without any field is still predicted by the rate
in the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from contracts.label_kinds import label_traits
from contracts.messages.tuning.calibration import Calibration, CalibrationChoice
from modeling.label_kinds import Temperature, labels_of_kind
from modeling.optimization.objective import Target
from modeling.tuning.validation_split import ValidationRows
from sources.arrays import Array

FEWEST_ROWS = 200
SIGNIFICANT = 2.576
WORTHWHILE = 0.001
LARGEST = 10.0
"""Temperatures are between this and its reciprocal."""
_MOST_VALUES = 500_000
"""Outputs that the temperature is fitted on, at most: rows times outputs, evenly spread over the split."""
_SMALLEST_SHARE = 1e-6
_STEP = 0.01
_SEARCHES = 32


def fit_temperature(target: Target, rows: ValidationRows, choice: CalibrationChoice) -> Calibration | None:
    """Return whether probabilities are to be corrected; None for a label without probabilities."""
    if not label_traits(target.kind).has_probabilities:
        return None
    if choice == "none":
        return Calibration(verdict="off")
    count = len(rows.labels)
    if count < FEWEST_ROWS:
        return Calibration(verdict="too_few_rows", rows=count)
    chosen = slice(None, None, -(-rows.outputs.size // _MOST_VALUES))
    labels, outputs, weights = rows.labels[chosen], rows.outputs[chosen], rows.weights[chosen]
    fixed = _output_of_mean(target, labels, weights)
    if target.class_weights is not None:
        weights = weights * np.array(target.class_weights)[labels.astype(np.int64)]
    losses_at = _losses(target, labels, outputs, fixed)
    before = losses_at(0.0)
    deviations = _deviations(losses_at, weights)
    fitted = _minimum(lambda log: float(np.average(losses_at(log), weights=weights)))
    log_loss, lowest = (float(np.average(losses, weights=weights)) for losses in (before, losses_at(fitted)))
    is_off = abs(deviations) >= SIGNIFICANT and log_loss - lowest >= WORTHWHILE * log_loss
    return Calibration(
        verdict="corrected" if is_off else "calibrated",
        temperature=float(np.exp(fitted)) if is_off else 1.0,
        fixed=list(fixed) if is_off else [],
        rows=count,
        fitted=float(np.exp(fitted)),
        log_loss=log_loss,
        fitted_log_loss=lowest,
        deviations=deviations,
    )


def corrected(target: Target, calibration: Calibration | None) -> Target:
    """Return the target with the calibration's temperature, if it has one."""
    if calibration is None or calibration.verdict != "corrected":
        return target
    return replace(target, temperature=Temperature(calibration.temperature, tuple(calibration.fixed)))


def _output_of_mean(target: Target, labels: Array, weights: Array) -> tuple[float, ...]:
    """Return the output whose prediction is the mean label: of the training split, which has more rows than this one.

    Where rows have weights, of which label statistics know nothing, it is the mean label of these rows, as if each class had
    one row more: none is impossible.
    """
    has_classes = label_traits(target.kind).has_classes
    if np.ptp(weights):
        shares = np.bincount(labels.astype(np.int64), weights, max(len(target.labels.classes), 2)) + weights.mean()
    else:
        baseline = np.asarray(target.labels.baseline, np.float64)
        shares = np.clip(baseline if has_classes else np.stack([1 - baseline, baseline]), _SMALLEST_SHARE, None)
    if target.class_weights is not None:
        shares = shares * np.clip(target.class_weights, _SMALLEST_SHARE, None)
    shares /= shares.sum()
    return tuple(labels_of_kind(target.kind).unlinked(shares if has_classes else shares[1]).tolist())


def _losses(target: Target, labels: Array, outputs: Array, fixed: tuple[float, ...]) -> Callable[[float], Array]:
    """Return a function from the logarithm of a temperature to the log loss of each row."""
    of_kind = labels_of_kind(target.kind)

    def at(log: float) -> Array:
        predictions = replace(target, temperature=Temperature(float(np.exp(log)), fixed)).predictions(outputs)
        return of_kind.row_means(labels, predictions).values["log_loss"]

    return at


def _deviations(losses_at: Callable[[float], Array], weights: Array) -> float:
    """Return the slope of the weighted log loss at temperature 1, divided by its standard error; 0 where nothing changes."""
    slopes = weights * (losses_at(_STEP) - losses_at(-_STEP))
    error = float(np.sqrt((slopes**2).sum()))
    return float(slopes.sum()) / error if error > 0 else 0.0


def _minimum(of: Callable[[float], float]) -> float:
    """Return where a function that falls, then rises, is least, by golden sections."""
    ratio = (5**0.5 - 1) / 2
    low, high = -np.log(LARGEST), np.log(LARGEST)
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = of(left), of(right)
    for _ in range(_SEARCHES):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = of(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = of(right)
    return float((low + high) / 2)
