"""Values inside the kernel: an array without nulls, and which of its rows are valid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions import ResultType

Bools: TypeAlias = npt.NDArray[np.bool_]
Doubles: TypeAlias = npt.NDArray[np.float64]
Int64s: TypeAlias = npt.NDArray[np.int64]

ARROW_TYPES: dict[ResultType, pa.DataType] = {
    "double": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "text": pa.binary(),
    "instant": pa.int64(),
}
_FILLS: dict[ResultType, object] = {"double": 0.0, "integer": 0, "boolean": False, "text": b"", "instant": 0}
_TINY = 2.0**-1022
"""The smallest normal double. TensorFlow computes with subnormal ones as zeros."""


@dataclass(frozen=True)
class Values:
    """Data of one type, [rows], and which of them are valid, bool [rows]. Data of an invalid row is of no meaning.

    Doubles are float64, whole numbers and instants int64, booleans bool, in NumPy; text is a binary array of Arrow.
    """

    data: Any
    valid: Bools

    def where(self, valid: Bools) -> Values:
        """Return the values with fewer valid rows."""
        return replace(self, valid=self.valid & valid)


def from_arrow(array: pa.Array, kind: ResultType) -> Values:
    """Return an array as values of a type; string arrays serve as binary ones. Subnormal doubles become zeros.

    Raises `TypeError` for an array of another type.
    """
    expected = ARROW_TYPES[kind]
    if array.type == pa.string() and kind == "text":
        array = array.view(expected)
    if array.type != expected:
        raise TypeError(f"a column of type {kind} is an array of {expected}. Received: {array.type}")
    if array.null_count == 0:
        valid = np.ones(len(array), bool)
    else:
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        array = array.fill_null(pa.scalar(_FILLS[kind], expected))
    if kind == "text":
        return Values(array, valid)
    data = array.to_numpy(zero_copy_only=False)
    return Values(without_subnormals(data) if kind == "double" else data, valid)


def to_arrow(values: Values, kind: ResultType) -> pa.Array:
    """Return values as an array with nulls; a double that is NaN or infinite is null, too."""
    if kind == "text":
        return pc.if_else(pa.array(values.valid), values.data, pa.scalar(None, pa.binary()))
    valid = values.valid & np.isfinite(values.data) if kind == "double" else values.valid
    return pa.array(values.data, ARROW_TYPES[kind], mask=~valid)


def constant(value: bool | float | str | None, kind: ResultType, rows: int) -> Values:  # noqa: FBT001 - a literal's
    """Return a literal for each row."""
    valid = np.full(rows, value is not None)
    filled: Any = _FILLS[kind] if value is None else value
    if kind == "text":
        text = filled.encode() if isinstance(filled, str) else filled
        return Values(pa.repeat(pa.scalar(text, pa.binary()), rows), valid)
    data = np.full(rows, filled, ARROW_TYPES[kind].to_pandas_dtype())
    return Values(without_subnormals(data) if kind == "double" else data, valid)


def without_subnormals(data: Doubles) -> Doubles:
    """Return doubles with zeros of their sign in the place of those that are at most 2^-1022."""
    return np.where(np.abs(data) <= _TINY, np.copysign(0.0, data), data)


def all_valid(*values: Values) -> Bools:
    """Return the rows in which all of the values are valid."""
    return np.logical_and.reduce([value.valid for value in values])


def choose(condition: Bools, chosen: Values, other: Values) -> Values:
    """Return the one values where the condition holds, else the other."""
    valid = np.where(condition, chosen.valid, other.valid)
    if isinstance(chosen.data, np.ndarray):
        return Values(np.where(condition, chosen.data, other.data), valid)
    return Values(pc.if_else(pa.array(condition), chosen.data, other.data), valid)
