"""Raw values as a client sends them to the values of features: `sources.computed_features` in the graph."""

from __future__ import annotations

import tensorflow as tf

from contracts.expressions import Program
from contracts.schema import Schema
from modeling.layers.expressions.compile_graph import GraphProgram
from modeling.layers.expressions.nullable import Nullable, kept
from modeling.layers.missing_token import MissingToken
from sources.matrices import MISSING_INTEGER, places_of

_SMALLEST = 2.0**-126
"""The smallest normal float32."""


class FeatureValues:
    """The features of a schema, from matrices of raw values.

    `numeric` float32 [rows, N], NaN where missing; `tokens` string [rows, M], empty where missing, as the features read them; and
    `integers` int64 [rows, I], -2^63 where missing, if the schema has such columns.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._expressions = GraphProgram(Program.of(schema.computed))
        self._numbers, self._tokens, self._integers = (
            schema.raw_columns(kind) for kind in ("number", "token", "integer")
        )
        self._missing = MissingToken([schema.column_nulls(name) for name in self._tokens])

    def __call__(
        self, numeric: tf.Tensor, tokens: tf.Tensor, integers: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return numbers, float32 [rows, features], and tokens, string [rows, features], in the order of the schema."""
        if not self._schema.computed:
            return numeric, tokens
        columns = self._columns(numeric, tokens, integers)
        values = self._expressions(columns)
        numbers, texts = self._schema.number_columns, self._schema.token_columns
        made_numbers = [_number(values[name]) for name in numbers if name in values]
        made_texts = [_text(values[name]) for name in texts if name in values]
        wholes = [name for name in numbers if name in self._integers]
        made_numbers += [_number(columns[name]) for name in wholes]
        computed = [name for name in numbers if name in values] + wholes
        return (
            _joined(numeric, self._numbers, made_numbers, computed, list(numbers)),
            _joined(tokens, self._tokens, made_texts, [name for name in texts if name in values], list(texts)),
        )

    def _columns(self, numeric: tf.Tensor, tokens: tf.Tensor, integers: tf.Tensor | None) -> dict[str, Nullable]:
        """Return the columns that expressions read."""
        read = self._schema.columns
        columns: dict[str, Nullable] = {}
        for place, name in enumerate(self._numbers):
            if name in read:
                column = numeric[:, place]
                columns[name] = Nullable(tf.cast(column, tf.float64), tf.math.is_finite(column))
        is_missing = self._missing(tokens) if any(name in read for name in self._tokens) else None
        for place, name in enumerate(self._tokens):
            if is_missing is not None and name in read:
                columns[name] = Nullable(_column(tokens, place), tf.logical_not(_column(is_missing, place)))
        for place, name in enumerate(self._integers):
            assert integers is not None
            column = integers[:, place]
            columns[name] = Nullable(column, tf.not_equal(column, MISSING_INTEGER))
        return columns


def _column(matrix: tf.Tensor, place: int) -> tf.Tensor:
    """Return a column of a matrix, which is not copied where it is the only one."""
    return tf.reshape(matrix, [-1]) if matrix.shape[1] == 1 else matrix[:, place]


def _number(value: Nullable) -> tf.Tensor:
    """Return float32(float64(x)) of any number or boolean, float32 [rows], NaN where it is null or not finite.

    Subnormal numbers are zeros of their sign, as they are in records.
    """
    rounded = tf.cast(tf.cast(value.values, tf.float64), tf.float32)
    rounded = tf.where(tf.abs(rounded) < _SMALLEST, rounded * kept(tf.constant(0.0)), rounded)
    return tf.where(value.valid & tf.math.is_finite(rounded), rounded, float("nan"))


def _text(value: Nullable) -> tf.Tensor:
    return tf.where(value.valid, value.values, "")


def _joined(
    matrix: tf.Tensor, columns: list[str], made: list[tf.Tensor], names: list[str], wanted: list[str]
) -> tf.Tensor:
    """Return the columns of a matrix and those that were made, in the order of `wanted`."""
    if made:
        matrix, columns = tf.concat([matrix, tf.stack(made, axis=1)], axis=1), [*columns, *names]
    places = tf.constant(places_of(wanted, columns), tf.int32)  # there may be none
    return matrix if columns == wanted else tf.gather(matrix, places, axis=1)
