"""Model inputs as one vector per row: numbers as they are, each category id by a vector that is learned."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from contracts.features import Many
from contracts.input_rules import NumberSpread
from contracts.messages.networks import Embedded
from modeling.layers.fused_embedding import FusedEmbedding
from modeling.networks.shrinkage import RowsById, scales, shrinkage_penalty

EmbeddedInputs = tuple[FusedEmbedding, list[int]]
"""A table of vectors, and the columns of the model's id inputs that it serves, in order."""

IdWeights = np.ndarray[Any, Any]

MANY_IDS = 4096
"""Features with at least this many ids have their vectors in a table apart from the small ones."""
_WIDEST_EMBEDDING = 16


@dataclass(frozen=True)
class Inputs:
    """Shape of the model inputs: the number of numeric inputs, and by name the number of ids of each other input, in order.

    `spreads`: of the first numeric inputs, for networks that read them. `rows_by_id`: training rows of each id of each other
    input, in order, for networks that shrink vectors of few rows. `bags`: the last of the other inputs, which are lists of ids.
    `id_weights`: of each of their ids, float32 [ids], by name; without those whose ids count alike.
    """

    numeric_width: int
    sizes: Mapping[str, int]
    spreads: tuple[NumberSpread, ...] = ()
    rows_by_id: tuple[RowsById, ...] = ()
    bags: Mapping[str, Many] = field(default_factory=dict[str, Many])
    id_weights: Mapping[str, IdWeights] = field(default_factory=dict[str, IdWeights])

    def bag_weights(self, names: Sequence[str]) -> IdWeights | None:
        """Return the weights of the ids of those inputs that are lists, float32 [ids of these]; None if all are 1."""
        lists = [name for name in names if name in self.bags]
        if not any(name in self.id_weights for name in lists):
            return None
        ones = {name: np.ones(self.sizes[name], np.float32) for name in lists}
        return np.concatenate([self.id_weights.get(name, ones[name]) for name in lists])

    @property
    def id_columns(self) -> list[list[int]]:
        """Return the columns of each of `sizes` in the matrix of ids."""
        places = [self.bags[name].max if name in self.bags else 1 for name in self.sizes]
        ends = list(accumulate(places, initial=0))
        return [list(range(begin, end)) for begin, end in pairwise(ends)]

    @property
    def id_width(self) -> int:
        """Return the number of columns of the matrix of ids."""
        return sum(map(len, self.id_columns))


def embedding_width(size: int) -> int:
    """Return the default length of the vectors for `size` ids: a power of two that grows with its root.

    1.6 n^0.56 is fast.ai's rule; powers of two let features share tables.

    >>> [embedding_width(size) for size in (3, 20, 1000, 1_000_000)]
    [4, 8, 16, 16]
    """
    return min(2 ** max(round(math.log2(1.6 * size**0.56)), 1), _WIDEST_EMBEDDING)


def embedding_widths(spec: Embedded, sizes: Mapping[str, int]) -> list[int]:
    """Return the length of each input's vectors: as requested by name, else for all, else by the number of ids."""
    return [
        spec.embedding_widths.get(name, spec.embedding_width or embedding_width(size)) for name, size in sizes.items()
    ]


class InputVector(keras.layers.Layer):
    """`(numeric, categorical)` to float32 [batch, `width`]: the numbers, then the vectors, by table.

    Features with vectors of one length share a table, so that there are few gathers for any number of features; but those
    with many ids have one apart, which the optimizer updates row by row: see `optimization.optimizers`.
    """

    def __init__(self, inputs: Inputs, spec: Embedded, shrinkage: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        sizes, widths = list(inputs.sizes.values()), embedding_widths(spec, inputs.sizes)
        self.width = inputs.numeric_width + sum(widths)
        self._penalty = spec.embedding_l2
        kinds = [(width, size >= MANY_IDS) for width, size in zip(widths, sizes, strict=True)]
        self._groups = [[index for index, own in enumerate(kinds) if own == kind] for kind in sorted(set(kinds))]
        columns, names = inputs.id_columns, list(inputs.sizes)
        self._columns = [list(chain.from_iterable(columns[index] for index in group)) for group in self._groups]
        shrunk = _scales(inputs, shrinkage) if shrinkage and inputs.rows_by_id else None
        self.tables = [
            FusedEmbedding(
                [sizes[index] for index in group],
                widths[group[0]],
                scales=None if shrunk is None else np.concatenate([shrunk[index] for index in group]),
                bags=[inputs.bags[names[index]] for index in group if names[index] in inputs.bags],
                weights=inputs.bag_weights([names[index] for index in group]),
            )
            for group in self._groups
        ]
        self.built = True

    @property
    def embedded(self) -> list[EmbeddedInputs]:
        """Return the tables, each with the columns of the ids that it has vectors for."""
        return list(zip(self.tables, self._columns, strict=True))

    def call(self, inputs: Any, *, training: bool = False) -> tf.Tensor:
        """Return float32 [batch, `width`]; adds penalties to the losses, those of shrinkage in training alone."""
        numeric, categorical = inputs
        parts = [numeric]
        for columns, table in zip(self._columns, self.tables, strict=True):
            ids = (
                tf.gather(categorical, tf.constant(columns, tf.int32), axis=1) if len(self._groups) > 1 else categorical
            )
            vectors, factors = table.vectors_and_scales(ids)
            if factors is not None:
                if training:
                    self.add_loss(shrinkage_penalty(vectors, factors))
                vectors *= factors
            if self._penalty:
                self.add_loss(self._penalty * mean_square(vectors))
            vectors = table.combined(vectors, ids)
            parts.append(tf.reshape(vectors, [-1, len(table.sizes) * table.width]))
        return parts[0] if len(parts) == 1 else tf.concat(parts, axis=1)


def _scales(inputs: Inputs, shrinkage: float) -> list[np.ndarray[Any, Any]]:
    """Return the factor of each id's vector, float32 [ids], of each input: 1 of lists, where many tokens of few rows add up."""
    shrunk = scales(inputs.rows_by_id, shrinkage)
    return [np.ones_like(own) if name in inputs.bags else own for name, own in zip(inputs.sizes, shrunk, strict=True)]


def mean_square(looked_up: tf.Tensor) -> tf.Tensor:
    """Return the sum of squares of a row's values, on average over the batch; `looked_up`: float32 [batch, …]."""
    rows = tf.cast(tf.maximum(tf.shape(looked_up)[0], 1), tf.float32)
    return tf.reduce_sum(tf.square(looked_up)) / rows
