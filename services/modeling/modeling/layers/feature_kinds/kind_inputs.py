"""A kind of feature inside the graph: raw tensors in, its part of the model's inputs out."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from modeling.layers.missing_token import MissingToken
from sources.matrices import places_of


class RawTensors:
    """A batch of raw values: a matrix for each type of column, in the order of `Schema.number_columns` and `token_columns`.

    `numeric`: float32 [batch, N], NaN where missing; `tokens`: string [batch, M], empty where missing.
    """

    def __init__(self, numeric: tf.Tensor, tokens: tf.Tensor, missing_token: MissingToken) -> None:
        self.numeric = numeric
        self.tokens = tokens
        self._missing_token = missing_token

    @cached_property
    def missing_tokens(self) -> tf.Tensor:
        """True where a token is missing: bool [batch, M]; one operation, however many kinds ask for it."""
        return self._missing_token(self.tokens)


class InputParts(NamedTuple):
    """A kind's inputs of the model, each [batch, own inputs] in the order of the schema; None where it makes none."""

    numbers: tf.Tensor | None = None
    """float32, as `ColumnFeature.number_inputs` names them."""
    indicators: tf.Tensor | None = None
    """float32, as `ColumnFeature.indicator_inputs` names them."""
    ids: tf.Tensor | None = None
    """int64, as `ColumnFeature.id_inputs` names them."""


class KindInputs(keras.layers.Layer):
    """All features of one kind. A layer, so that Keras tracks its sublayers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.built = True

    @abstractmethod
    def inputs_of(self, raw: RawTensors) -> InputParts:
        """Return this kind's part of the model's inputs."""

    @property
    def tables(self) -> tuple[Any, ...]:
        """Resources that have to be saved with a graph that uses the layer; by default none."""
        return ()


def own_columns(names: list[str], columns: list[str]) -> list[int] | None:
    """Return where features stand in a matrix of raw values; None where they are all of its columns, in order."""
    return None if names == columns else places_of(names, columns)


def gather_columns(matrix: tf.Tensor, places: list[int] | None) -> tf.Tensor:
    """Return these columns of a matrix; None: the matrix itself, without an operation."""
    return matrix if places is None else tf.gather(matrix, places, axis=1)
