"""Shuffle records: another order in each epoch, decided by the seed and the epoch alone.

Shards are split into chunks; up to 64 chunks, in random order, are interleaved a few records at a time, so that neighbours
in the source, as in one sorted by its label, end up far apart. Their records are parsed and made into model inputs in
large batches. Then whole windows of finished rows are permuted: a tf.data shuffle buffer, which moves records one by one,
more than doubles the cost of reading, parsing and mixing together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

Batches = Any
"""A tf.data.Dataset, whose own types do not describe its elements."""

_tf: Any = tf
"""Untyped: the stubs lack parts of `tf.random.experimental`, and functions of several tensors."""

WINDOW_BYTES = 64 << 20
_MIN_WINDOW_ROWS = 16_384
OPEN_CHUNKS = 64
_MAX_CHUNKS_PER_SHARD = 8
_BLOCK = 64
_PARSED_ROWS = 4096


@dataclass(frozen=True)
class Chunk:
    """Consecutive records of one file: `rows` of them from index `first`; `whole` if that is all of the file."""

    path: str
    first: int
    rows: int
    whole: bool


def window_rows(bytes_per_row: int) -> int:
    """Return the number of rows that are permuted together, for rows of this size in memory."""
    return max(WINDOW_BYTES // max(bytes_per_row, 1), _MIN_WINDOW_ROWS)


def split_shards(shards: Sequence[tuple[str, int]], first: int, last: int, max_rows: int) -> list[Chunk]:
    """Split the records from index `first` up to `last` of all shards, each given as (path, rows), into chunks.

    A chunk has at most `max_rows` rows unless that makes more than eight chunks of a shard: the records before a chunk
    have to be skipped, which costs about a tenth of reading them.
    """
    chunks: list[Chunk] = []
    begin = 0
    for path, rows in shards:
        low, high = max(first - begin, 0), min(last - begin, rows)
        begin += rows
        if low >= high:
            continue
        count = min(math.ceil((high - low) / max_rows), _MAX_CHUNKS_PER_SHARD)
        edges = [low + (high - low) * index // count for index in range(count + 1)]
        chunks += [Chunk(path, start, end - start, end - start == rows) for start, end in itertools.pairwise(edges)]
    return chunks


def read_chunks(chunks: Sequence[Chunk], read: Callable[[tf.Tensor], Batches]) -> Batches:
    """Read the chunks one after another: a tf.data.Dataset of serialized examples, string []."""
    slices = _tf.data.Dataset.from_tensor_slices(_columns(chunks))
    return slices.flat_map(lambda path, first, count: read(path).skip(first).take(count))


def shuffled_epochs(
    chunks: Sequence[Chunk],
    read: Callable[[tf.Tensor], Batches],
    prepare: Callable[[tf.Tensor], Any],
    *,
    sizes: np.ndarray[Any, Any],
    window: int,
    seed: int,
    epochs: range,
) -> Batches:
    """Return all rows of the chunks once per epoch, one epoch after another, in batches of the given `sizes`.

    `read` opens a file as a tf.data.Dataset of records; `prepare` makes serialized examples, string [rows], into tensors with as
    many rows. Reading fails unless each epoch has as many batches as there are sizes.
    """
    rows = int(sizes.sum())
    # Windows of equal length: a short last one would hold nothing but the ends of the longest chunks.
    length = math.ceil(rows / max(math.ceil(rows / window), 1))
    paths, firsts, counts = _columns(chunks)
    whole = all(chunk.whole for chunk in chunks)

    def open_chunk(path: tf.Tensor, first: tf.Tensor, count: tf.Tensor) -> Batches:
        records = read(path) if whole else read(path).skip(first).take(count)
        return records.batch(_BLOCK)

    def epoch(number: tf.Tensor) -> Batches:
        epoch_seed = tf.stack([tf.constant(seed, tf.int64), number])
        order = _tf.random.experimental.stateless_shuffle(tf.range(len(chunks)), epoch_seed)
        shuffled = _tf.data.Dataset.from_tensor_slices(
            (tf.gather(paths, order), tf.gather(firsts, order), tf.gather(counts, order))
        )
        blocks = shuffled.interleave(
            open_chunk,
            cycle_length=min(len(chunks), OPEN_CHUNKS),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        plain = tf.autograph.experimental.do_not_convert(prepare)
        prepared = blocks.rebatch(_PARSED_ROWS).map(plain, num_parallel_calls=tf.data.AUTOTUNE)
        windows = prepared.rebatch(length).enumerate().map(lambda index, window: permuted(window, epoch_seed, index))
        return windows.rebatch(sizes).apply(tf.data.experimental.assert_cardinality(len(sizes)))

    return tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(epoch)


def permuted(window: Any, seed: tf.Tensor, index: tf.Tensor) -> Any:
    """Return the rows of a window in an order that the epoch's `seed`, int64 [2], and the window's `index` decide."""
    count = tf.shape(tf.nest.flatten(window)[0])[0]
    window_seed = _tf.random.experimental.stateless_fold_in(seed, index)
    order = _tf.random.experimental.index_shuffle(tf.range(count), window_seed, count - 1)
    return tf.nest.map_structure(lambda part: tf.gather(part, order), window)


def _columns(chunks: Sequence[Chunk]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    return (
        tf.constant([chunk.path for chunk in chunks], tf.string),
        tf.constant([chunk.first for chunk in chunks], tf.int64),
        tf.constant([chunk.rows for chunk in chunks], tf.int64),
    )
