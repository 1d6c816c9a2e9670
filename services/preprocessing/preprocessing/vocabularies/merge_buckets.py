"""Tokens of all runs to vocabularies: exact counts at any cardinality, in bounded memory, with nothing collected on the driver.

A feature's tokens are divided by hash into buckets that fit a task's memory (`plan_merges`). A task adds up the counts of a
bucket's tokens from all runs and puts them in the order of ids (`merge_bucket`). Where there is one bucket that is the
vocabulary; several are merged as a stream, a window of each at a time (`join_buckets`): an external merge sort, as in
Knuth, The Art of Computer Programming, volume 3, section 5.4.
"""

from __future__ import annotations

import hashlib
import secrets
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import Artifact
from contracts.dataset.vocabulary import VOCABULARY, Vocabulary
from contracts.schema import SPLIT_NAMES, SPLITS, Categorical, Schema, SplitName
from preprocessing.kernels.count_tokens import GROUPS
from preprocessing.kernels.token_hashing import fingerprints, hash_ids
from preprocessing.vocabularies.runs import BucketIds, Run, write_ids
from preprocessing.vocabularies.token_sums import TokenSums, token_sums
from preprocessing.vocabularies.token_table import TokenTable, id_order
from sources.arrays import Int32s, Int64s, Uint64s

BUCKET_BYTES = 32 << 20
"""Staged tokens that one task adds up at a time; with its table it takes about three times as much memory."""
TOKEN_BYTES = 40
"""Bytes of a staged token without its text."""
_TASKS = 16
"""Number of tasks into which small vocabularies are grouped, since a task costs as much as some ten thousand tokens."""
_WINDOW_ROWS = 1 << 15


@dataclass(frozen=True)
class Bucket:
    """The tokens of one categorical feature whose hash groups are in this part of all groups."""

    feature: int
    number: int
    of: int

    @property
    def groups(self) -> tuple[int, int]:
        """Return the first hash group, and the one after the last."""
        return GROUPS * self.number // self.of, GROUPS * (self.number + 1) // self.of


@dataclass(frozen=True)
class MergedBucket:
    """The result of merging a bucket."""

    bucket: Bucket
    sums: list[TokenSums]
    """The bucket's share of the statistics, by split."""
    tokens: Artifact | None
    """Learned tokens in the order of ids: the vocabulary, or the input of `join_buckets`. None for a hashed feature."""
    ids: BucketIds | None
    reserved: tuple[int, ...] = ()
    """Count of each of the feature's reserved tokens in this bucket, in the training split."""
    unseen: tuple[int, ...] = ()
    """Values of each split whose token no training row has, if they were asked for."""


def plan_merges(runs: Sequence[Run], schema: Schema) -> list[list[Bucket]]:
    """Return the buckets that each task merges in sequence: each of about `BUCKET_BYTES`, small ones grouped."""
    weights: dict[Bucket, int] = {}
    for feature in range(len(schema.token_columns)):
        weight = sum(TOKEN_BYTES * run.tokens[feature] + run.token_bytes[feature] for run in runs)
        of = min(GROUPS, max(1, -(-weight // BUCKET_BYTES)))
        weights |= {Bucket(feature, number, of): weight // of for number in range(of)}
    limit = min(BUCKET_BYTES, sum(weights.values()) // _TASKS)
    merges: list[list[Bucket]] = []
    load = 0
    for bucket in sorted(weights, key=lambda bucket: (-weights[bucket], bucket.feature, bucket.number)):
        if not merges or load + weights[bucket] > limit:
            merges.append([])
            load = 0
        merges[-1].append(bucket)
        load += weights[bucket]
    return merges


def merge_bucket(
    folder: DataFolder,
    schema: Schema,
    runs: Sequence[pa.RecordBatchFileReader],
    bucket: Bucket,
    *,
    with_ids: bool,
    with_unseen: bool = False,
) -> MergedBucket:
    """Add up a bucket's tokens from all runs, which `open_tokens` returned, and write the learned ones in the order of ids.

    If the feature has no other bucket, its vocabulary is written to its place in the dataset. For a hashed feature nothing is
    written: it has no vocabulary, and a token's hash is in its run.
    """
    vocabulary = list(schema.token_columns.values())[bucket.feature].vocabulary
    batches = [_in_groups(run.get_batch(bucket.feature), *bucket.groups) for run in runs]
    table = TokenTable(max(1, sum(map(len, batches))))
    numbers = [table.add_run(run) for run in batches]
    unseen = tuple(table.counts[table.counts[:, 0] == 0, :SPLITS].sum(axis=0).tolist()) if with_unseen else ()
    merged = MergedBucket(bucket, token_sums(table), None, None, unseen=unseen)
    if vocabulary is not None:
        merged = _learn(folder, vocabulary, merged, table, numbers if with_ids else None)
    del table, batches, numbers
    pa.default_memory_pool().release_unused()  # the worker continues with other tasks
    return merged


def _learn(
    folder: DataFolder,
    feature: Categorical,
    merged: MergedBucket,
    table: TokenTable,
    numbers: Sequence[Int32s] | None,
) -> MergedBucket:
    """Select, order and write the bucket's tokens, and write the ids of the runs' tokens if their `numbers` are given."""
    bucket, train = merged.bucket, table.counts[:, 0]
    tokens = [token.encode() for token in feature.reserved]
    reserved = table.find(tokens)
    counted = np.flatnonzero(reserved >= 0)
    counts = np.zeros(len(reserved), np.int64)
    counts[counted] = train[reserved[counted]]
    room = None if feature.max_size is None else feature.max_size - len(reserved)
    learned = table.id_order(train, feature.min_count, room, without=reserved[counted])
    columns = [table.tokens(learned), pa.array(train[learned])]
    if bucket.of == 1:
        columns = [
            pa.concat_arrays([first, column])
            for first, column in zip((pa.array(tokens, pa.binary()), pa.array(counts)), columns, strict=True)
        ]
    artifact = _write(folder, bucket, pa.record_batch(columns, schema=VOCABULARY))
    ids = None
    if numbers is not None:
        places = -hash_ids(table.hashes, feature.oov_buckets)
        places[learned] = np.arange(len(reserved), len(reserved) + len(learned), dtype=np.int32)
        places[reserved[counted]] = counted
        ids = BucketIds(_staged(folder, "ids", bucket), _staged(folder, "ranks", bucket) if bucket.of > 1 else None)
        write_ids(folder, ids.path, [places[run_numbers] for run_numbers in numbers])
    return replace(merged, tokens=artifact, ids=ids, reserved=tuple(counts.tolist()))


def _write(folder: DataFolder, bucket: Bucket, vocabulary: pa.RecordBatch) -> Artifact:
    """Write one batch if it is the feature's vocabulary, so that readers map it; otherwise windows, for `join_buckets`."""
    if bucket.of > 1:
        path = _staged(folder, "tokens", bucket)
        with folder.files.open_output(path) as stream, pa.ipc.new_file(stream, VOCABULARY) as out:
            for begin in range(0, len(vocabulary), _WINDOW_ROWS):
                out.write_batch(vocabulary.slice(begin, _WINDOW_ROWS))
        return Artifact(path=path, bytes=0, sha256="")
    path = folder.vocabulary(bucket.feature)
    data = Vocabulary(vocabulary.column(0), vocabulary.column(1)).to_bytes()
    folder.files.stage(path, data)
    return Artifact(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def _in_groups(run: pa.RecordBatch, first: int, end: int) -> pa.RecordBatch:
    hashes: Uint64s = run.column(1).to_numpy()

    def group(row: int) -> int:
        return int(hashes[row]) >> 56

    begin = bisect_left(range(len(hashes)), first, key=group)
    return run.slice(begin, bisect_left(range(len(hashes)), end, key=group) - begin)


def _staged(folder: DataFolder, what: str, bucket: Bucket) -> str:
    return f"{folder.staging}/merged-{what}-{bucket.feature:05d}-{bucket.number:03d}-{secrets.token_hex(4)}"


@dataclass
class _Window:
    """A bucket's ordered tokens; some rows are held in memory at a time."""

    batches: Iterator[pa.RecordBatch]
    ranks: BinaryIO | None
    tokens: Any = field(default_factory=lambda: pa.array([], pa.binary()))
    counts: Int64s = field(default_factory=lambda: np.empty(0, np.int64))
    ended: bool = False

    def fill(self) -> None:
        """Read the next rows, if none are held."""
        if len(self.counts) or self.ended:
            return
        batch = next(self.batches, None)
        self.ended = batch is None
        if batch is not None:
            self.tokens, self.counts = batch.column(0), batch.column(1).to_numpy()

    def key(self, row: int) -> tuple[int, bytes]:
        """Return the sort key of a row."""
        return -int(self.counts[row]), self.tokens[row].as_py()

    def take(self, last: tuple[int, bytes]) -> tuple[pa.Array, Int64s]:
        """Remove and return the rows up to the key `last`."""
        end = bisect_right(range(len(self.counts)), last, key=self.key)
        taken = self.tokens.slice(0, end), self.counts[:end]
        self.tokens, self.counts = self.tokens.slice(end), self.counts[end:]
        return taken


def join_buckets(folder: DataFolder, schema: Schema, buckets: Sequence[MergedBucket]) -> MergedBucket:
    """Merge the ordered tokens of a feature's buckets into its vocabulary, holding a window of each.

    Returns the first bucket with the vocabulary in place of its own tokens. If there are ids, each bucket's `ranks_path` is
    written, by position in the bucket: int32, the index in the vocabulary, or minus an out-of-vocabulary id beyond `max_size`.
    The reserved tokens have the first positions in every bucket, and in the vocabulary.
    """
    feature = list(schema.token_columns.values())[buckets[0].bucket.feature].vocabulary
    assert feature is not None, "only what has a vocabulary has several buckets to join"
    path = folder.vocabulary(buckets[0].bucket.feature)
    with ExitStack() as opened, folder.files.open_output(path) as stream, pa.ipc.new_file(stream, VOCABULARY) as out:
        windows = [_window(folder, bucket, opened) for bucket in buckets]
        size = len(feature.reserved)
        out.write_batch(_reserved(feature, buckets))
        for window in windows:
            if window.ranks is not None:
                window.ranks.write(np.arange(size, dtype=np.int32).tobytes())
        for tokens, counts, sources in _in_order(windows):
            kept = len(counts) if feature.max_size is None else min(len(counts), feature.max_size - size)
            if kept > 0:
                out.write_batch(pa.record_batch([tokens.slice(0, kept), pa.array(counts[:kept])], schema=VOCABULARY))
            ranks = np.arange(size, size + len(counts), dtype=np.int32)
            if kept < len(counts):
                past = max(0, kept)
                ranks[past:] = -hash_ids(fingerprints(tokens.slice(past)), feature.oov_buckets)
            for number, window in enumerate(windows):
                if window.ranks is not None:
                    window.ranks.write(ranks[sources == number].tobytes())
            size += max(0, kept)
    artifact = Artifact(path=path, bytes=folder.files.size(path), sha256=folder.files.sha256(path))
    return replace(buckets[0], tokens=artifact)


def _reserved(feature: Categorical, buckets: Sequence[MergedBucket]) -> pa.RecordBatch:
    """Return the reserved tokens, each with its count from the bucket that has it."""
    counts = np.array([bucket.reserved for bucket in buckets], np.int64).sum(axis=0)
    tokens = pa.array([token.encode() for token in feature.reserved], pa.binary())
    return pa.record_batch([tokens, pa.array(counts)], schema=VOCABULARY)


def _window(folder: DataFolder, bucket: MergedBucket, opened: ExitStack) -> _Window:
    assert bucket.tokens is not None
    staged = pa.ipc.open_file(folder.files.map(bucket.tokens.path))
    ranks = None
    if bucket.ids is not None and bucket.ids.ranks_path is not None:
        ranks = opened.enter_context(folder.files.open_output(bucket.ids.ranks_path))
    return _Window((staged.get_batch(index) for index in range(staged.num_record_batches)), ranks)


def _in_order(windows: Sequence[_Window]) -> Iterator[tuple[pa.Array, Int64s, Int64s]]:
    """Yield all rows in the order of ids, a part at a time: tokens, counts, and the index of each one's window."""
    while True:
        for window in windows:
            window.fill()
        held = [window for window in windows if len(window.counts)]
        if not held:
            return
        # Up to the least of the windows' last rows, every row is held by now.
        last = min(window.key(len(window.counts) - 1) for window in held)
        parts = [window.take(last) for window in windows]
        tokens = pa.concat_arrays([tokens for tokens, _ in parts])
        counts = np.concatenate([counts for _, counts in parts])
        order = id_order(tokens, counts)
        sources = np.repeat(np.arange(len(parts)), [len(counts) for _, counts in parts])
        yield tokens.take(pa.array(order)), counts[order], sources[order]


def by_feature(schema: Schema, merged: Sequence[MergedBucket]) -> dict[str, list[MergedBucket]]:
    """Return each categorical feature's buckets, in the order of hash groups."""
    buckets: dict[str, list[MergedBucket]] = {name: [] for name in schema.token_columns}
    names = list(schema.token_columns)
    for bucket in sorted(merged, key=lambda merged: merged.bucket.number):
        buckets[names[bucket.bucket.feature]].append(bucket)
    return buckets


def unseen_values(buckets: Mapping[str, Sequence[MergedBucket]]) -> dict[str, dict[SplitName, int]]:
    """Return the values of each split whose token no training row has, by feature; without those that have none."""
    counts: dict[str, dict[SplitName, int]] = {}
    for name, merged in buckets.items():
        sums = [sum(split) for split in zip(*(bucket.unseen for bucket in merged), strict=True)]
        by_split: dict[SplitName, int] = {split: rows for split, rows in zip(SPLIT_NAMES, sums, strict=False) if rows}
        counts |= {name: by_split} if by_split else {}
    return counts


def vocabulary_files(schema: Schema, whole: Sequence[MergedBucket]) -> dict[str, Artifact]:
    """Return the vocabulary of each feature that has one, from the buckets that hold all of a feature's tokens."""
    names = list(schema.token_columns)
    files = {names[bucket.bucket.feature]: bucket.tokens for bucket in whole}
    return {name: artifact for name in schema.vocabularies if (artifact := files[name]) is not None}
