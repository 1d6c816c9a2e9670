"""Outputs of a model as results of classify and regress, by the kind of its label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

import numpy as np

from contracts.classes import ClassName
from contracts.errors import InvalidRequest
from contracts.label_kinds import label_traits
from contracts.output_names import PREDICTIONS, PROBABILITIES
from modeling.serving.loaded_version import LoadedVersion, Outputs


def class_scores(loaded: LoadedVersion) -> Callable[[Outputs], list[Any]]:
    """Return the conversion of outputs to pairs of class and score: for each row all classes, in the order of their ids.

    Raises `InvalidRequest` for a regression model.
    """
    kind = loaded.manifest.schema_.label.kind
    match kind:
        case "binary":
            return _binary_scores
        case "multiclass":
            names = loaded.manifest.classes or []
            return lambda outputs: _scores_of(names, outputs)
        case "regression":
            raise InvalidRequest("this model predicts numbers, and no classes; ask it by `:regress` or `:predict`")
        case _:
            assert_never(kind)


def _binary_scores(outputs: Outputs) -> list[Any]:
    positive = outputs[PREDICTIONS]
    negative = np.float32(1) - positive
    return [[["0", no], ["1", yes]] for no, yes in zip(negative.tolist(), positive.tolist(), strict=True)]


def _scores_of(classes: list[ClassName], outputs: Outputs) -> list[Any]:
    names = [str(name) for name in classes]
    return [[[name, score] for name, score in zip(names, row, strict=True)] for row in outputs[PROBABILITIES].tolist()]


def numbers(loaded: LoadedVersion) -> Callable[[Outputs], list[Any]]:
    """Return the conversion of outputs to a number per row: a regression's value, or a binary label's probability of 1.

    Raises `InvalidRequest` for a multiclass model.
    """
    if label_traits(loaded.manifest.schema_.label.kind).has_classes:
        raise InvalidRequest("this model predicts classes, and no number; ask it by `:classify` or `:predict`")
    return lambda outputs: outputs[PREDICTIONS].tolist()
