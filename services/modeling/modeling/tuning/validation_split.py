"""The validation split as a trained network sees it: labels, outputs and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from chassis.engine.engine import JobContext
from modeling.evaluation.forward_pass import ForwardPass
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.optimization.objective import Target
from sources.arrays import Array


@dataclass(frozen=True)
class ValidationRows:
    """Labels [rows], the network's outputs [rows] or [rows, outputs], and weights, 1 each where rows have none.

    Rows of weight 0 are left out.
    """

    labels: Array
    outputs: Array
    weights: Array

    @classmethod
    def none(cls, target: Target) -> Self:
        """Return no rows."""
        return cls(np.empty(0, np.float32), target.no_outputs(), np.empty(0))


def validation_rows(
    forward: ForwardPass, pipeline: InputPipeline, batch_size: int, context: JobContext
) -> ValidationRows:
    """Return all rows of the validation split, which may be empty. Raises `Cancelled`."""
    labels, outputs = [np.empty(0, np.float32)], [forward.target.no_outputs()]
    weights = [np.empty(0, np.float64)]
    if pipeline.rows("validation"):
        for numeric, categorical, label, *weight in pipeline.recorded("validation", batch_size):
            context.check()
            labels.append(label.numpy())
            outputs.append(forward.outputs(numeric, categorical)[0])
            weights.append(weight[0].numpy() if weight else np.ones(len(label)))
    weighing = np.concatenate(weights).astype(np.float64)
    some = weighing > 0
    return ValidationRows(np.concatenate(labels)[some], np.concatenate(outputs)[some], weighing[some])
