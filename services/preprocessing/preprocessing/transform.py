"""Raw batches to final numbers: filled in, scaled, looked up; the numpy and numba side of `contracts.inputs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.inputs import NumericInput
from contracts.schema import Schema, indicator_name
from contracts.vocabulary import Vocabulary
from preprocessing.columns import column
from preprocessing.kernels.lookup import fill_slots, find_ids, slots_for
from sources.pack import float32_column

Float32s = npt.NDArray[np.float32]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LookupTable:
    """A vocabulary with the hash table over it. `slots`: int32, a power of two long; see `kernels.lookup`."""

    tokens: pa.BinaryArray
    slots: npt.NDArray[np.int32]

    @classmethod
    def over(cls, vocabulary: Vocabulary) -> LookupTable:
        """Build the table."""
        slots = np.zeros(slots_for(len(vocabulary)), np.int32)
        at = column(vocabulary.tokens)
        fill_slots(slots, at.values, at.offsets, len(vocabulary))
        return cls(vocabulary.tokens, slots)

    def find(self, tokens: pa.Array, first_token_id: int) -> Int64s:
        """The id of each token of a binary array: int64 [rows]; 0 missing or empty, 1 out of vocabulary."""
        ids = np.empty(len(tokens), np.int64)
        at, known = column(tokens), column(self.tokens)
        table = (self.slots, known.values, known.offsets + 4 * known.start)
        find_ids(ids, at.values, at.offsets, at.bitmap, at.start, *table, first_token_id)
        return ids


def scale(values: Float32s, rule: NumericInput) -> Float32s:
    """Fill in and scale one column: float32 [rows] with NaN for missing, to float32 [rows] without."""
    filled = np.where(np.isnan(values), np.float32(rule.fill), values)
    with np.errstate(
        over="ignore"
    ):  # a value far outside what the training split holds may become infinite, as in the graph
        return ((filled.astype(np.float64) - rule.center) / rule.divisor).astype(np.float32)


def transform(
    batch: pa.RecordBatch, schema: Schema, rules: Sequence[NumericInput], tables: Mapping[str, LookupTable]
) -> pa.RecordBatch:
    """The model inputs of each row: float32 columns by feature, 0/1 float32 indicators, int64 ids by feature.

    A missing number becomes its fill value, scaled; a missing category the id 0. No output is null.
    """
    columns: dict[str, pa.Array] = {}
    for rule in rules:
        values = float32_column(batch.column(rule.feature))
        columns[rule.feature] = pa.array(scale(values, rule))
        if rule.indicator:
            columns[indicator_name(rule.feature)] = pa.array(np.isnan(values).astype(np.float32))
    for name, feature in schema.categorical.items():
        columns[name] = pa.array(tables[name].find(batch.column(name), feature.first_token_id))
    return pa.RecordBatch.from_pydict(columns)
