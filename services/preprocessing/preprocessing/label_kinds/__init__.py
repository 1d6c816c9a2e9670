"""Each kind of label, from its values to records and statistics: a module per kind, and the match that chooses it.

What follows from the traits of a kind alone (how a column is read, the type of labels in records, a pass over the classes) is
asked of `contracts.label_kinds`.
"""

from __future__ import annotations

from typing import assert_never

from contracts.label_kinds import LABEL_KINDS, LabelKind
from preprocessing.label_kinds.base import (
    ExpressionType,
    LabelsOfKind,
    SampledValues,
    SplitCounts,
    StagedLabels,
    label_type,
)
from preprocessing.label_kinds.binary import BinaryLabels
from preprocessing.label_kinds.multiclass import MulticlassLabels
from preprocessing.label_kinds.regression import RegressionLabels

__all__ = [
    "ExpressionType",
    "LabelsOfKind",
    "SampledValues",
    "SplitCounts",
    "StagedLabels",
    "label_type",
    "labels_of_kind",
    "propose_kind",
]


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


def propose_kind(values: SampledValues) -> tuple[LabelKind, str] | None:
    """Return the first kind that a column could be a label of, with the reason; None if it cannot be a label of any."""
    for kind in LABEL_KINDS:
        reason = labels_of_kind(kind).proposed_for(values)
        if reason is not None:
            return kind, reason
    return None
