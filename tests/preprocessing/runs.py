"""Runs of tokens for tests: counted, staged and merged as tasks do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from contracts.dataset.data_folder import DataFolder
from contracts.schema import Schema
from preprocessing.feature_kinds import RunTokens
from preprocessing.kernels.token_hashing import fingerprints
from preprocessing.vocabularies.merge_buckets import by_feature, merge_bucket, plan_merges
from preprocessing.vocabularies.runs import RunWriter, StagedRows, open_tokens
from preprocessing.vocabularies.token_table import TokenTable
from sources.arrays import Int32s

Tokens = Sequence[bytes | None]
Rows = list[tuple[bytes | None, int, bool]]
"""Token, split code and positive label of each row."""

ANY_TOKEN = st.one_of(st.none(), st.binary(max_size=12), st.sampled_from([b"a", b"a\0", b"prefix-1", b"prefix-12"]))
ROWS = st.lists(st.tuples(ANY_TOKEN, st.integers(0, 3), st.booleans()), max_size=60)


def add(table: TokenTable, rows: Rows) -> Int32s:
    padded = pa.array([b"pad", *(token for token, _, _ in rows)], pa.binary()).slice(1)
    codes = np.array([code for _, code, _ in rows], np.uint8)
    return table.add(padded, fingerprints(padded), codes, np.array([positive for _, _, positive in rows], np.bool_))


def counted_by_split(rows: Rows) -> list[Counter[bytes]]:
    """By split; then by split, with a positive label."""
    counts = [Counter(t for t, code, _ in rows if t and code == split) for split in (1, 2, 3)]
    return counts + [
        Counter(t for t, code, positive in rows if t and code == split and positive) for split in (1, 2, 3)
    ]


def counted(tokens: Tokens) -> tuple[pa.RecordBatch, Int32s]:
    """The run of a column whose rows are all in the training split, and the number of each row's token."""
    table = TokenTable()
    numbers = add(table, [(token, 1, False) for token in tokens])
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
