"""From a schema and its statistics to the numbers that both sides apply: written once, so that they cannot differ.

The Spark kernel (`preprocessing.transform`) and the graph (`modeling.layers`) both compute, in float64 between two float32s:

    x32    = float32(float64(x))
    filled = fill if x32 is missing (NaN or infinite) else x32
    scaled = float32((float64(filled) - center) / divisor)
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.schema import Schema
from contracts.statistics import Statistics

SMALLEST_DIVISOR = 1e-30
"""A standard deviation below it is taken as no deviation at all. Far above float32's subnormals (1.2e-38), which TensorFlow takes
as zero on some threads and not on others: what they differ by stays below 1e-8 of a deviation."""


@dataclass(frozen=True)
class NumericInput:
    """One numeric feature as a model input. `fill` is rounded to float32 by whoever applies it."""

    feature: str
    fill: float
    center: float
    divisor: float
    indicator: bool


def numeric_inputs(schema: Schema, statistics: Statistics) -> list[NumericInput]:
    """The numeric features in schema order, from the training split.

    A column without any value is filled with 0 and not scaled; a constant one is centred and divided by 1.
    """
    inputs: list[NumericInput] = []
    for name, feature in schema.numeric.items():
        found = statistics.numeric(name)
        mean = 0.0 if found.mean is None else found.mean
        std = 0.0 if found.std is None else found.std
        scaled = feature.scale == "standard"
        inputs.append(
            NumericInput(
                feature=name,
                fill=mean,
                center=mean if scaled else 0.0,
                divisor=std if scaled and std >= SMALLEST_DIVISOR else 1.0,
                indicator=feature.indicator,
            )
        )
    return inputs
