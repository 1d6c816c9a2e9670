"""The kinds of labels, and what follows from a kind wherever labels are read, stored, counted or learned.

Code that treats kinds alike asks for a trait; code that does not matches on the kind and ends in `assert_never`, so that the type
checker lists every place that a new kind still lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, assert_never, get_args

from contracts.classes import MAX_CLASSES
from contracts.messages.metrics import MetricName

LabelKind = Literal["binary", "multiclass", "regression"]
LABEL_KINDS: tuple[LabelKind, ...] = get_args(LabelKind)

LARGEST_LABEL = 1e100
"""The largest magnitude of a label that is a number: sums of squared errors stay far below float64's limit."""
SMALLEST_DEVIATION = 1e-100
"""The smallest standard deviation of such labels in the training split: squared errors stay far above float64's limit."""


@dataclass(frozen=True)
class LabelTraits:
    """Properties of a kind of label. Without a trait's comment, false means the opposite."""

    description: str
    """The values that such a label has, for the documentation of requests."""
    metrics: tuple[MetricName, ...]
    """The metrics of a model: fields of one of the messages `Metrics`."""
    decisive: MetricName
    """The metric by which models are compared by default."""
    is_binary: bool = False
    """Labels are 0 or 1, and kernels count the rows of label 1 along with everything else."""
    has_classes: bool = False
    """Labels are text whose classes are learned from the training split, and records hold their ids."""
    is_number: bool = False
    """Labels are float64, in records as bits next to a float32, and have the statistics of a numeric column; else they are int64
    in records."""
    constant_metric: str = "AUC"
    """The metric that is undefined where all labels are equal."""

    @property
    def has_probabilities(self) -> bool:
        """Return true if predictions are probabilities, which may be calibrated."""
        return not self.is_number

    @property
    def has_mean(self) -> bool:
        """Return true if the mean of labels and of predictions is meaningful."""
        return not self.has_classes


@cache
def label_traits(kind: LabelKind) -> LabelTraits:
    """Return the traits of a kind of label.

    >>> label_traits("multiclass").has_mean
    False
    """
    match kind:
        case "binary":
            return LabelTraits(
                "0 or 1, false or true",
                metrics=("auc", "pr_auc", "log_loss", "accuracy", "brier", "ece"),
                decisive="log_loss",
                is_binary=True,
            )
        case "multiclass":
            return LabelTraits(
                f"text or whole numbers, at most {MAX_CLASSES:,} classes; those of the training split are learned",
                metrics=("auc", "log_loss", "accuracy", "macro_f1", "ece", "top_3_accuracy", "top_5_accuracy"),
                decisive="log_loss",
                has_classes=True,
            )
        case "regression":
            return LabelTraits(
                f"any number between {-LARGEST_LABEL:g} and {LARGEST_LABEL:g}, kept as float64",
                metrics=("mae", "rmse", "r2", "mape"),
                decisive="rmse",
                is_number=True,
                constant_metric="R²",
            )
        case _:
            assert_never(kind)
