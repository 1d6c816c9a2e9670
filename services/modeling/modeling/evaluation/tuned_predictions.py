"""A trained network's predictions with all that the validation split determined, and what that does on the test split."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.messages.evaluation import Evaluation
from contracts.messages.metrics import RegressionMetrics
from contracts.messages.tuning.calibration import Calibration
from contracts.messages.tuning.thresholds import AtThreshold, Threshold, ThresholdSpec
from modeling.evaluation.forward_pass import ForwardPass
from modeling.label_kinds import labels_of_kind
from modeling.metrics.calibration_error import calibration_interval
from modeling.metrics.quantiles import evaluate_quantiles
from modeling.metrics.threshold_choice import at_threshold
from modeling.optimization.objective import Target
from sources.arrays import Array


@dataclass(frozen=True)
class ChosenThreshold:
    """A threshold, the aim that it was chosen by, and what it reaches on the validation split; None for a fixed one."""

    value: float
    aim: ThresholdSpec
    met: bool = True
    validation: AtThreshold | None = None


@dataclass(frozen=True)
class Tuned:
    """The predictions that a version makes, and how they were determined."""

    forward: ForwardPass
    calibration: Calibration | None = None
    threshold: ChosenThreshold | None = None

    @property
    def target(self) -> Target:
        """Return the target with all corrections."""
        return self.forward.target

    def described(
        self, evaluation: Evaluation, labels: Array, outputs: Array, weights: Array | None, seed: int
    ) -> Evaluation:
        """Return the evaluation with quantiles and the effects of calibration and threshold.

        `outputs`: of the network, on the test split.
        """
        levels = self.target.labels.quantiles
        if levels:
            predicted = self.target.quantiles(outputs)
            of_quantiles = evaluate_quantiles(levels, labels, predicted, weights, seed)
            evaluation = evaluation.model_copy(update={"quantiles": of_quantiles})
        calibration = self.calibration
        if calibration is not None and self.target.temperature is not None:
            calibration = _compared(calibration, self.target, labels, outputs, weights)
        threshold = self.threshold
        if threshold is None:
            return evaluation.model_copy(update={"calibration": calibration})
        predictions = self.target.predictions(outputs)
        reached = Threshold(
            value=threshold.value,
            aim=threshold.aim,
            met=threshold.met,
            validation=threshold.validation,
            test=at_threshold(threshold.value, threshold.aim, labels, predictions, weights, seed),
        )
        return evaluation.model_copy(update={"calibration": calibration, "threshold": reached})


def _compared(
    calibration: Calibration, target: Target, labels: Array, outputs: Array, weights: Array | None
) -> Calibration:
    """Return a correction with the metrics of the test split without it."""
    of_kind = labels_of_kind(target.kind)
    uncorrected = replace(target, temperature=None).predictions(outputs)
    before = of_kind.score(labels, uncorrected, weights)
    assert not isinstance(before, RegressionMetrics)
    return calibration.model_copy(
        update={
            "ece_before": before.ece,
            "ece_before_interval": calibration_interval(*of_kind.confidence(labels, uncorrected), weights),
            "log_loss_before": before.log_loss,
        }
    )
