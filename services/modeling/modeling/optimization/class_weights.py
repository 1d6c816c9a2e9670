"""Weights of classes in training, if requested. Evaluation does not use them.

No TensorFlow here, so that a request can be validated without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from contracts.errors import InvalidRequest, pointer
from contracts.label_kinds import LabelKind
from contracts.statistics import AnyLabelStatistics
from modeling.label_kinds import labels_of_kind


def weights_of_classes(
    kind: LabelKind, label: AnyLabelStatistics, asked: Literal["balanced"] | Mapping[str, float] | None
) -> tuple[float, ...] | None:
    """Return the weights by class id; None if none were requested. `label`: of the training split.

    Raises `InvalidRequest` for a label without classes, an unknown class, and weights that are all 0. `balanced` is
    scikit-learn's: n / (classes · n of the class).
    """
    if asked is None:
        return None
    counts = labels_of_kind(kind).class_counts(label)
    if asked == "balanced":
        return tuple(label.count / (len(counts) * max(count, 1)) for count in counts.values())
    for name in asked:
        if name not in counts:
            known = ", ".join(map(repr, list(counts)[:20]))
            raise InvalidRequest(
                f"the label has no class of that name; there are {known}. Received: {name!r}",
                pointer=pointer("class_weights", name),
            )
    weights = tuple(asked.get(name, 1.0) for name in counts)
    if not any(weights):
        raise InvalidRequest("at least one class must have a weight above 0", pointer="/class_weights")
    return weights
