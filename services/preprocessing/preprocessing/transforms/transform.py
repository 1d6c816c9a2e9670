"""Staged rows to final numbers: filled in, scaled, looked up; the numpy and numba side of `contracts.input_rules`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.input_rules import NumberRules
from contracts.schema import Schema, indicator_name
from preprocessing.transforms.scaling import bucket, scale
from preprocessing.vocabularies.runs import StagedRows

Int64s = npt.NDArray[np.int64]


def transform(rows: StagedRows, schema: Schema, rules: NumberRules, ids: Mapping[str, Int64s]) -> pa.RecordBatch:
    """The model inputs of each row, by the names of `schema.number_inputs`, float32, and `schema.id_inputs`, int64.

    `ids`: by categorical feature, the id of each token by its number, and 0 at the end. A missing number becomes its fill value,
    scaled, or 0; a missing category the id 0. No output is null.
    """
    columns: dict[str, pa.Array] = {}
    for rule in rules.scaled:
        columns[rule.feature] = pa.array(scale(rows.numeric[rule.feature], rule))
    for name in schema.indicators:
        columns[indicator_name(name)] = pa.array(np.isnan(rows.numeric[name]).astype(np.float32))
    for name in schema.categorical:
        columns[name] = pa.array(ids[name][rows.numbers[name]])  # -1, for missing, is the last
    for rule in rules.buckets:
        columns[rule.feature] = pa.array(bucket(rows.numeric[rule.feature], rule).astype(np.int64))
    for name, crossed in rows.crosses.items():
        columns[name] = pa.array(crossed.astype(np.int64))
    return pa.RecordBatch.from_pydict(columns)
