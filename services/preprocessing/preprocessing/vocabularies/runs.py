"""Intermediate files that tasks exchange in the dataset's staging folder while the job runs.

A *run* is a range of the source, or a part of a long one, whose tokens were counted in one table per column. Each run has a file
of its tokens, with a record batch per categorical feature, and for records `transformed` a file of its rows, in which a
categorical value is the index of its token in that table. Each merged bucket of tokens then has a file of ids, from which
`token_ids` maps a run's indices to category ids. File names are unique to each attempt at a task, and the task's result names
them: files of a lost task are never read.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.schema import Schema
from preprocessing.kernels.token_hashing import hash_ids
from preprocessing.vocabularies.staged_lists import StagedLists
from preprocessing.vocabularies.token_table import RUN
from sources.arrays import Float32s, Floats, Int32s, Int64s, Uint8s
from sources.packed_sequence import PackedSequence


@dataclass(frozen=True)
class StagedRun:
    """The files of a finished run."""

    source_range: int
    tokens_path: str
    rows_path: str | None


@dataclass(frozen=True)
class Run(StagedRun):
    """A finished run, with the sizes by which its merging is planned."""

    tokens: list[int]
    """Distinct tokens by categorical feature."""
    token_bytes: list[int]
    """Total length of the distinct tokens, by categorical feature."""


class StagedRuns(PackedSequence[StagedRun]):
    """All runs of a job, in the order of their ranges, as each of its tasks gets them: names alone, so that they are small."""

    def __init__(self, runs: Sequence[StagedRun]) -> None:
        self._ranges: Int64s = np.array([run.source_range for run in runs], np.int64)
        self._tokens = [run.tokens_path for run in runs]
        self._rows = [run.rows_path for run in runs]

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self._tokens)

    def item(self, index: int) -> StagedRun:
        """Return one run."""
        return StagedRun(int(self._ranges[index]), self._tokens[index], self._rows[index])

    def of_range(self, source_range: int) -> dict[int, StagedRun]:
        """Return the runs of one range, by their index among all."""
        return {index: self[index] for index in np.flatnonzero(self._ranges == source_range).tolist()}


@dataclass(frozen=True)
class StagedRows:
    """Some rows of a run: all arrays are [rows]."""

    codes: Uint8s
    labels: Floats
    numeric: Mapping[str, Float32s]
    """By feature; NaN where missing."""
    numbers: Mapping[str, Int32s]
    """By feature: the token's number in the run; -1 where missing."""
    crosses: Mapping[str, Int32s]
    """By name: the pair's id."""
    weights: Float32s | None = None
    """None if the rows have no weights."""
    lists: Mapping[str, StagedLists] = field(default_factory=dict[str, StagedLists])
    """By feature whose values are lists."""


class RunWriter:
    """Stages the runs of one range. Use as a context manager; holds one batch at a time."""

    def __init__(self, folder: DataFolder, source_range: int, schema: Schema) -> None:
        self._folder = folder
        self._range = source_range
        self._task = secrets.token_hex(4)
        self._numeric, self._categorical = list(schema.number_columns), list(schema.token_columns)
        self._single = schema.single_tokens
        self._lists = list(schema.bags)
        self._crosses = [cross.name for cross in schema.crosses]
        self._weighted = schema.weight is not None
        self._runs: list[Run] = []
        self._open = ExitStack()
        self._rows: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def _path(self, what: str) -> str:
        return f"{self._folder.staging}/{what}-{self._range:05d}-{self._task}-{len(self._runs):05d}.arrow"

    def write(self, rows: StagedRows) -> None:
        """Append rows to the run."""
        schema = _rows_schema(
            len(self._numeric),
            len(self._single) + len(self._crosses),
            len(self._lists),
            label=pa.array(rows.labels).type,
            weighted=self._weighted,
        )
        if self._rows is None:
            stream = self._open.enter_context(self._folder.files.open_output(self._path("rows")))
            self._rows = self._open.enter_context(pa.ipc.new_file(stream, schema))
        columns = [rows.codes, rows.labels, *([rows.weights] if rows.weights is not None else [])]
        columns += [rows.numeric[name] for name in self._numeric] + [rows.numbers[name] for name in self._single]
        columns += [rows.crosses[name] for name in self._crosses]
        arrays = [*map(pa.array, columns), *(rows.lists[name].array() for name in self._lists)]
        self._rows.write_batch(pa.record_batch(arrays, schema=schema))

    def end_run(self, tokens: Mapping[str, pa.RecordBatch]) -> None:
        """Close the run; `tokens`: its tokens by categorical feature."""
        self._open.close()
        path = self._path("tokens")
        with self._folder.files.open_output(path) as stream, pa.ipc.new_file(stream, RUN) as out:
            for name in self._categorical:
                out.write_batch(tokens[name])
        rows_path = self._path("rows") if self._rows is not None else None
        counted = [tokens[name].num_rows for name in self._categorical]
        lengths = [_text_bytes(tokens[name].column(0)) for name in self._categorical]
        self._runs.append(Run(self._range, path, rows_path, counted, lengths))
        self._rows = None

    def finish(self) -> list[Run]:
        """Return the runs, in the order of the rows."""
        return self._runs


def _rows_schema(numeric: int, whole: int, lists: int, *, label: pa.DataType, weighted: bool) -> pa.Schema:
    fields = [("split", pa.uint8()), ("label", label), *([("weight", pa.float32())] if weighted else [])]
    fields += [(f"numeric{i}", pa.float32()) for i in range(numeric)]
    fields += [(f"whole{i}", pa.int32()) for i in range(whole)]
    return pa.schema(fields + [(f"list{i}", pa.list_(pa.int32())) for i in range(lists)])


def _text_bytes(tokens: pa.Array) -> int:
    buffer = tokens.buffers()[2]
    return buffer.size if buffer is not None else 0


def open_tokens(folder: DataFolder, run: StagedRun) -> pa.RecordBatchFileReader:
    """Open a run's tokens, mapped into memory: a batch per categorical feature, by its index, in the order of hash groups."""
    return pa.ipc.open_file(folder.files.map(run.tokens_path))


def read_rows(folder: DataFolder, run: StagedRun, schema: Schema) -> Iterator[StagedRows]:
    """Yield a run's rows, as they were written."""
    if run.rows_path is None:
        return
    numeric, single, bags = list(schema.number_columns), schema.single_tokens, list(schema.bags)
    first, second = len(numeric), len(numeric) + len(single)
    staged = pa.ipc.open_file(folder.files.map(run.rows_path))
    for index in range(staged.num_record_batches):
        columns = staged.get_batch(index).columns
        flat = len(columns) - len(bags)
        codes, labels, *values = (column.to_numpy() for column in columns[:flat])
        weights = values.pop(0) if schema.weight is not None else None
        yield StagedRows(
            codes,
            labels,
            dict(zip(numeric, values[:first], strict=True)),
            dict(zip(single, values[first:second], strict=True)),
            dict(zip((cross.name for cross in schema.crosses), values[second:], strict=True)),
            weights,
            dict(zip(bags, map(StagedLists.of, columns[flat:]), strict=True)),
        )


@dataclass(frozen=True)
class BucketIds:
    """Files of the ids of one bucket of a feature, for all runs: see `write_ids`."""

    path: str
    ranks_path: str | None
    """With several buckets: the index in the whole vocabulary, by position in the bucket."""


def write_ids(folder: DataFolder, path: str, ids: Sequence[Int32s]) -> None:
    """Write the id of each run's tokens of a bucket, in the order of the run: int32 arrays, one per run.

    A token of the vocabulary has its index there, from 0, or its index in the bucket's part of it; an out-of-vocabulary token has
    minus the id of its out-of-vocabulary bucket.
    """
    starts = np.cumsum([0, *map(len, ids)], dtype=np.int64)
    with folder.files.open_output(path) as stream:
        stream.write(np.int64(len(ids)).tobytes() + starts.tobytes())
        for run_ids in ids:
            stream.write(run_ids.tobytes())


def token_ids(folder: DataFolder, run: int, tokens: pa.RecordBatch, buckets: Sequence[BucketIds], first: int) -> Int64s:
    """Return the category id of each of a run's tokens by its number, and 0, for missing, at the end: int64 [tokens + 1].

    `run`: its index among all runs; `buckets`: the feature's, in the order of hash groups; `first`: the first token's id.
    """
    bucket_ids = [_bucket_ids(folder, run, bucket, first) for bucket in buckets]
    ids = np.zeros(len(tokens) + 1, np.int64)
    ids[tokens.column(2).to_numpy()] = np.concatenate(bucket_ids) if bucket_ids else np.empty(0, np.int64)
    return ids


def hashed_ids(tokens: pa.RecordBatch, buckets: int) -> Int64s:
    """Return the id of each of a run's tokens of a hashed feature by its number, then 0 for missing: int64 [tokens + 1]."""
    ids = np.zeros(len(tokens) + 1, np.int64)
    ids[tokens.column(2).to_numpy()] = hash_ids(tokens.column(1).to_numpy(), buckets)
    return ids


def _bucket_ids(folder: DataFolder, run: int, bucket: BucketIds, first: int) -> Int64s:
    mapped: Any = folder.files.map(bucket.path)
    header = np.frombuffer(mapped, np.int64, 1)
    runs = int(header[0])
    begin, end = np.frombuffer(mapped, np.int64, 2, offset=8 * (1 + run))
    places = np.frombuffer(mapped, np.int32, int(end - begin), offset=8 * (2 + runs) + 4 * int(begin)).astype(np.int64)
    if bucket.ranks_path is not None and (places >= 0).any():
        ranks: Any = folder.files.map(bucket.ranks_path)
        learned = np.flatnonzero(places >= 0)
        places[learned] = np.frombuffer(ranks, np.int32)[places[learned]]
    return np.where(places >= 0, places + first, -places)
