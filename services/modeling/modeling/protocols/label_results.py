"""Outputs of a model as what classify and regress reply with, by the kind of its label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from modeling.loaded import LoadedVersion, Outputs

PREDICTIONS = "predictions"
"""The output of a model: a binary label's probability of 1, float32 [rows]."""


def class_scores(loaded: LoadedVersion) -> Callable[[Outputs], list[Any]]:
    """How outputs become pairs of label and score, for each row those of all classes."""
    del loaded
    return _binary_scores


def _binary_scores(outputs: Outputs) -> list[Any]:
    positive = outputs[PREDICTIONS]
    negative = np.float32(1) - positive
    return [[["0", no], ["1", yes]] for no, yes in zip(negative.tolist(), positive.tolist(), strict=True)]


def numbers(loaded: LoadedVersion) -> Callable[[Outputs], list[Any]]:
    """How outputs become a number for each row."""
    del loaded
    return lambda outputs: outputs[PREDICTIONS].tolist()
