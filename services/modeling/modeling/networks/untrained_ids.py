"""Ids that training never saw, neither in a row nor by masking: their vectors become those that change nothing.

A vector without a gradient stays what its random beginning made it, an opinion about a value of which nothing is known. It
becomes the mean of the feature's vectors over training rows, with which a linear network predicts as if it knew all but this
feature; in a list whose vectors are added up it becomes 0, and adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from modeling.networks.embeddings import EmbeddedInputs, InputVector
from modeling.networks.linear import LinearPart

SAMPLE_ROWS = 65_536
"""Training rows over which vectors are averaged."""

Matrix = np.ndarray[Any, Any]


def embedded_inputs(network: keras.Model) -> list[EmbeddedInputs]:
    """Return every table of vectors of a network and of the networks within it, with the columns of its ids."""
    tables: list[EmbeddedInputs] = []
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            tables += embedded_inputs(layer)
        elif isinstance(layer, (InputVector, LinearPart)):
            tables += layer.embedded
    return tables


def initial_vectors(network: keras.Model) -> list[Matrix]:
    """Return a copy of every table of a network that was not trained yet, float32 [ids, width]."""
    return [np.array(table.table.numpy()) for table, _ in embedded_inputs(network)]


def untrained_ids(
    network: keras.Model, initial: list[Matrix], without_gradient: Callable[[Any], Matrix] | None = None
) -> list[Matrix]:
    """Return for each table which of its ids have vectors that no training row has moved, bool [ids].

    `without_gradient`: which rows of a table had no gradient, of an optimizer that moves such rows as well.
    """
    tables = [table.table for table, _ in embedded_inputs(network)]
    if without_gradient is not None:
        return [without_gradient(table) for table in tables]
    return [np.all(table.numpy() == before, axis=1) for table, before in zip(tables, initial, strict=True)]


def neutralize(network: keras.Model, untrained: list[Matrix], categorical: Iterable[tf.Tensor]) -> None:
    """Set the vectors of untrained ids to their feature's mean, or 0. `categorical`: training rows, int64 [rows, ids] each."""
    if not any(rows.any() for rows in untrained):
        return
    tables = embedded_inputs(network)
    sums = [np.zeros((len(table.sizes), table.width)) for table, _ in tables]
    count = 0
    for ids in categorical:
        count += len(ids)
        for index, (table, columns) in enumerate(tables):
            sums[index] += tf.reduce_sum(table(tf.gather(ids, columns, axis=1)), axis=0).numpy()
    for (table, _), rows, total in zip(tables, untrained, sums, strict=True):
        feature = np.repeat(np.arange(len(table.sizes)), table.sizes)[rows]
        values = np.array(table.table.numpy())
        values[rows] = np.where(table.adds_up[:, None], 0, total / count)[feature]
        table.table.assign(values)
