"""Staged rows to inputs of the model, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from contracts.input_rules import NumberRules
from preprocessing.feature_kinds.base import FeatureKind
from preprocessing.feature_kinds.crosses import cross_inputs
from preprocessing.vocabularies.runs import StagedRows
from sources.arrays import Int64s


def transform(
    rows: StagedRows, kinds: Sequence[FeatureKind], rules: NumberRules, ids: Mapping[str, Int64s]
) -> pa.RecordBatch:
    """Return the model inputs of each row, by the names of `schema.number_inputs`, float32, and `schema.id_inputs`, int64.

    `kinds`: the schema's, as `feature_kinds` returns them. `ids`: by feature whose column holds tokens, the id of each token by
    its number, then 0 for missing. No output is null.
    """
    columns: dict[str, pa.Array] = {}
    for kind in kinds:
        columns |= kind.model_inputs(rows, rules, ids)
    return pa.RecordBatch.from_pydict({**columns, **cross_inputs(rows)})
