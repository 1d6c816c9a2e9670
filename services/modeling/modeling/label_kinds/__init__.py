"""Each kind of label, from a network's output to predictions, metrics and replies: a module per kind, and the match that chooses.

No TensorFlow here. Links and losses are formulas over operations: the graph evaluates them by those of
`modeling.optimization.tensor_operations`, evaluation by NumPy's.
"""

from __future__ import annotations

from typing import assert_never

from contracts.label_kinds import LabelKind
from modeling.label_kinds.base import EpochMetric, LabelsOfKind, Plots, Temperature, TrainingLabels
from modeling.label_kinds.binary import BinaryLabels
from modeling.label_kinds.multiclass import MulticlassLabels
from modeling.label_kinds.regression import RegressionLabels

__all__ = ["EpochMetric", "LabelsOfKind", "Plots", "Temperature", "TrainingLabels", "labels_of_kind"]


def labels_of_kind(kind: LabelKind) -> LabelsOfKind:
    """Return what a kind of label answers."""
    match kind:
        case "binary":
            return BinaryLabels()
        case "multiclass":
            return MulticlassLabels()
        case "regression":
            return RegressionLabels()
        case _:
            assert_never(kind)
