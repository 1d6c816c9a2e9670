"""Cost of predictions, so that what an evaluation predicts is bounded for tables of any width."""

from __future__ import annotations

import math

from modeling.layers.model_inputs import ModelInputs
from modeling.networks.base import Network
from modeling.networks.untrained_ids import embedded_inputs

MOST_WORK = 100_000_000_000
"""Multiplications that one part of an evaluation may take, however short the training was: some seconds of two cores."""
_MOST_WORK_AT_ONCE = 2_000_000_000
_MOST_ROWS_AT_ONCE = 4096
_PER_INPUT = 100
"""Operations that make one of the model's inputs, mask it and pass it on."""


def row_cost(network: Network, model_inputs: ModelInputs) -> int:
    """Return about how many multiplications the prediction of a row takes: one per weight, but for vectors that are looked up."""
    looked_up = {id(table.table) for table, _ in embedded_inputs(network)}
    weights = sum(math.prod(weight.shape) for weight in network.trainable_weights if id(weight) not in looked_up)
    return network.passes * weights + _PER_INPUT * (model_inputs.number_width + model_inputs.id_width)


def rows_at_once(cost: int) -> int:
    """Return how many rows of that cost are predicted in one call, which holds a number per row, pass and input in memory."""
    return max(1, min(_MOST_ROWS_AT_ONCE, _MOST_WORK_AT_ONCE // max(cost, 1)))
