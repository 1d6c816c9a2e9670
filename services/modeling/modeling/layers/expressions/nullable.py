"""Values inside the graph: a tensor without nulls, and which of its rows are valid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import tensorflow as tf

from contracts.expressions import ResultType

DTYPES: dict[ResultType, tf.DType] = {
    "double": tf.float64,
    "integer": tf.int64,
    "boolean": tf.bool,
    "text": tf.string,
    "instant": tf.int64,
}
_FILLS: dict[ResultType, float | int | bool | str] = {
    "double": 0.0,
    "integer": 0,
    "boolean": False,
    "text": "",
    "instant": 0,
}
_TINY = 2.0**-1022
"""The smallest normal double. TensorFlow's threads compute with subnormal ones as zeros."""


@dataclass(frozen=True)
class Nullable:
    """Values of one type, [rows], and which of them are valid, bool [rows]. A value of an invalid row is of no meaning.

    Doubles are float64, whole numbers and instants int64, booleans bool, text string.
    """

    values: tf.Tensor
    valid: tf.Tensor

    def where(self, valid: tf.Tensor) -> Nullable:
        """Return the values with fewer valid rows."""
        return replace(self, valid=self.valid & valid)


def column(values: Nullable, kind: ResultType) -> Nullable:
    """Return a column as an operand: without subnormal doubles. Raises `TypeError` for values of another dtype."""
    if values.values.dtype != DTYPES[kind]:
        raise TypeError(f"a column of type {kind} is {DTYPES[kind].name}. Received: {values.values.dtype.name}")
    filled = tf.where(values.valid, values.values, tf.constant(_FILLS[kind], DTYPES[kind]))
    return Nullable(without_subnormals(filled) if kind == "double" else filled, values.valid)


def result(values: Nullable, kind: ResultType) -> Nullable:
    """Return a result: a double that is NaN or infinite is invalid, and invalid rows have 0, false or empty text."""
    valid = values.valid & tf.math.is_finite(values.values) if kind == "double" else values.valid
    return Nullable(tf.where(valid, values.values, tf.constant(_FILLS[kind], DTYPES[kind])), valid)


def constant(value: bool | float | str | None, kind: ResultType, rows: tf.Tensor) -> Nullable:  # noqa: FBT001 - a literal's
    """Return a literal for each row."""
    filled = _FILLS[kind] if value is None else value
    values = tf.fill([rows], kept(tf.constant(filled, DTYPES[kind])))
    return Nullable(without_subnormals(values) if kind == "double" else values, tf.fill([rows], value is not None))


def kept(values: tf.Tensor) -> tf.Tensor:
    """Return a tensor that TensorFlow's optimizer does not look through.

    It would compute with doubles in another order: x / 3 as x * (1 / 3), a * b + a * c as a * (b + c), log(1 + x) as log1p(x).
    """
    return tf.raw_ops.PlaceholderWithDefault(input=values, shape=values.shape)


def without_subnormals(values: tf.Tensor) -> tf.Tensor:
    """Return doubles with zeros of their sign in the place of those that are at most 2^-1022, kept as they are."""
    values = kept(values)
    return tf.where(tf.abs(values) <= _TINY, values * kept(tf.constant(0.0, tf.float64)), values)


def all_valid(*values: Nullable) -> tf.Tensor:
    """Return the rows in which all of the values are valid, bool [rows]."""
    valid = values[0].valid
    for value in values[1:]:
        valid &= value.valid
    return valid


def choose(condition: tf.Tensor, chosen: Nullable, other: Nullable) -> Nullable:
    """Return the one values where the condition holds, else the other."""
    return Nullable(
        tf.where(condition, chosen.values, other.values),
        tf.where(condition, chosen.valid, other.valid),
    )
