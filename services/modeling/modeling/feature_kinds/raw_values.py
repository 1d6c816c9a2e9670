"""Values of rows as every stage passes them on: one matrix for each type of column, for all kinds of features.

Rows as clients send them have the columns of `Schema.raw_types`, rows of features those of `Schema.features`. They are equal but
for computed features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from contracts.schema import Schema
from sources.arrays import Array
from sources.matrices import integer_matrix, numeric_matrix, places_of, token_matrix


class RawValues(NamedTuple):
    """Some rows: `numeric` float32 [rows, N], NaN where missing; `tokens` bytes or text [rows, M], empty where missing.

    `integers` int64 [rows, I], `MISSING_INTEGER` where missing; None where a schema has no such columns.
    """

    numeric: Array
    tokens: Array
    integers: Array | None = None

    @property
    def matrices(self) -> tuple[Array, ...]:
        """The matrices that there are: the arguments of a model's packed functions."""
        return (self.numeric, self.tokens) if self.integers is None else (self.numeric, self.tokens, self.integers)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.tokens)

    @property
    def bytes(self) -> int:
        """Memory that the rows take, by rough count."""
        integers = 0 if self.integers is None else self.integers.nbytes
        return self.numeric.nbytes + integers + 64 * self.tokens.size + sum(map(len, self.tokens.flat))

    def take(self, rows: Any) -> RawValues:
        """Return some rows, copied: by their positions, or where a mask is true."""
        return RawValues(*(matrix[rows] for matrix in self.matrices))

    def part(self, rows: slice) -> RawValues:
        """Return a range of rows that shares their memory."""
        return RawValues(*(matrix[rows] for matrix in self.matrices))

    @staticmethod
    def joined(parts: Sequence[RawValues]) -> RawValues:
        """Return the rows of all parts, of which there is at least one, in one block; of a single part, itself."""
        if len(parts) == 1:
            return parts[0]
        matrices = zip(*(part.matrices for part in parts), strict=True)
        return RawValues(*map(np.concatenate, matrices))


class RawColumns(NamedTuple):
    """The names of columns, by type: those of each matrix of `RawValues`, in order."""

    numbers: list[str]
    tokens: list[str]
    integers: list[str]

    @classmethod
    def of(cls, schema: Schema) -> RawColumns:
        """Return the columns that a client sends."""
        return cls(schema.raw_columns("number"), schema.raw_columns("token"), schema.raw_columns("integer"))

    @classmethod
    def of_features(cls, schema: Schema) -> RawColumns:
        """Return the features, computed or not."""
        return cls(list(schema.number_columns), list(schema.token_columns), [])

    @property
    def names(self) -> list[str]:
        """All names, type by type."""
        return [name for names in self for name in names]

    def places_in(self, others: RawColumns) -> list[list[int]]:
        """Return for each matrix where these columns stand among those of another schema, which has all of them."""
        return [places_of(ours, theirs) for ours, theirs in zip(self, others, strict=True)]

    def from_batch(self, batch: pa.RecordBatch) -> RawValues:
        """Return the raw values of a batch that has a column per name, null where missing; tokens become bytes."""
        integers = integer_matrix(batch, self.integers) if self.integers else None
        return RawValues(numeric_matrix(batch, self.numbers), token_matrix(batch, self.tokens), integers)


class RawRows(NamedTuple):
    """Raw values together with the names of their columns."""

    columns: RawColumns
    values: RawValues

    def numbers(self, names: list[str]) -> Array:
        """Return the columns of these numeric features, float32 [rows, len(names)]."""
        return self.values.numeric[:, places_of(names, self.columns.numbers)]

    def tokens(self, name: str) -> Array:
        """Return the column of a feature that is read as tokens: bytes or text [rows]."""
        return self.values.tokens[:, self.columns.tokens.index(name)]
