"""Runs of tokens for tests: counted, staged and merged as tasks do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from contracts.dataset import DataFolder
from contracts.schema import Schema
from preprocessing.feature_kinds import RunTokens
from preprocessing.kernels.token_hashing import fingerprints
from preprocessing.vocabularies.merge_buckets import by_feature, merge_bucket, plan_merges
from preprocessing.vocabularies.runs import RunWriter, StagedRows, open_tokens
from preprocessing.vocabularies.token_table import TokenTable
from sources.arrays import Int32s, Uint8s

Tokens = Sequence[bytes | None]


def counted(tokens: Tokens, codes: Uint8s | None = None) -> tuple[pa.RecordBatch, Int32s]:
    """The run of a column whose rows are all in the training split, and the number of each row's token."""
    table, array = TokenTable(), pa.array(tokens, pa.binary())
    codes = np.ones(len(tokens), np.uint8) if codes is None else codes
    numbers = table.add(array, fingerprints(array), codes, np.zeros(len(tokens), np.bool_))
    return table.run(), numbers


def staged(
    numeric: Mapping[str, Sequence[float]], numbers: Mapping[str, Int32s], crosses: Mapping[str, Int32s] | None = None
) -> StagedRows:
    """Rows of the training split, with label 0."""
    rows = len(next(iter([*numeric.values(), *numbers.values()])))
    floats = {name: np.array(values, np.float32) for name, values in numeric.items()}
    return StagedRows(np.ones(rows, np.uint8), np.zeros(rows, np.float32), floats, numbers, crosses or {})


def merged(folder: DataFolder, schema: Schema, columns: Mapping[str, Tokens]) -> tuple[RunTokens, dict[str, Int32s]]:
    """One run with the ids that the merge assigned its tokens, and each column's token numbers by row."""
    runs = {name: counted(columns[name]) for name in schema.token_columns}
    with RunWriter(folder, 0, schema) as writer:
        writer.end_run({name: run for name, (run, _) in runs.items()})
        finished = writer.finish()
    opened = [open_tokens(folder, run) for run in finished]
    planned = [bucket for task in plan_merges(finished, schema) for bucket in task]
    buckets = by_feature(schema, [merge_bucket(folder, schema, opened, one, with_ids=True) for one in planned])
    ids = {name: [bucket.ids for bucket in parts if bucket.ids] for name, parts in buckets.items()}
    tokens = {name: opened[0].get_batch(place) for place, name in enumerate(schema.token_columns)}
    return RunTokens(folder, 0, tokens, ids), {name: numbers for name, (_, numbers) in runs.items()}
