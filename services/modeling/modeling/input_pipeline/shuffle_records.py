"""Records in random order, another one in each epoch, which the seed and the epoch's number decide and nothing else.

Shards are cut into pieces; up to 64 of them, in random order, are read by turns, a few records at a time, so that rows that lay
side by side in the source, as in one sorted by its label, come far apart. What they give is parsed and made into model inputs in
large chunks. Then whole windows of finished rows are permuted: to move each record through a buffer of tf.data, one by one,
more than doubles what reading, parsing and mixing cost together.
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
"""A tf.data.Dataset; its own types say nothing of what it holds."""

_tf: Any = tf
"""Its stubs do not know all of `tf.random.experimental`, nor functions of several tensors."""

WINDOW_BYTES = 64 << 20
_FEWEST_ROWS = 16_384
PIECES_AT_ONCE = 64
_MOST_PIECES_OF_A_SHARD = 8
_BLOCK = 64
_CHUNK = 4096


@dataclass(frozen=True)
class Piece:
    """Some records of a file: `rows` of them from number `first` on; `whole` where these are all of them."""

    path: str
    first: int
    rows: int
    whole: bool


def window_rows(bytes_per_row: int) -> int:
    """How many rows are permuted at a time, where a row takes so many bytes."""
    return max(WINDOW_BYTES // max(bytes_per_row, 1), _FEWEST_ROWS)


def cut(shards: Sequence[tuple[str, int]], first: int, last: int, longest: int) -> list[Piece]:
    """The records from number `first` up to `last` of all shards, which are given with their number of rows.

    A shard is cut into pieces of `longest` rows, though not into more than eight: what lies before a piece has to be passed over,
    which costs about a tenth of reading it.
    """
    pieces: list[Piece] = []
    begin = 0
    for path, rows in shards:
        low, high = max(first - begin, 0), min(last - begin, rows)
        begin += rows
        if low >= high:
            continue
        count = min(math.ceil((high - low) / longest), _MOST_PIECES_OF_A_SHARD)
        edges = [low + (high - low) * at // count for at in range(count + 1)]
        pieces += [Piece(path, edge, after - edge, after - edge == rows) for edge, after in itertools.pairwise(edges)]
    return pieces


def read_pieces(pieces: Sequence[Piece], read: Callable[[tf.Tensor], Batches]) -> Batches:
    """The records of the pieces, one after another: a tf.data.Dataset of serialized examples, string []."""
    paths, firsts, rows = _columns(pieces)
    found = _tf.data.Dataset.from_tensor_slices((paths, firsts, rows))
    return found.flat_map(lambda path, first, count: read(path).skip(first).take(count))


def shuffled_epochs(
    pieces: Sequence[Piece],
    read: Callable[[tf.Tensor], Batches],
    prepare: Callable[[tf.Tensor], Any],
    *,
    sizes: np.ndarray[Any, Any],
    window: int,
    seed: int,
    epochs: range,
) -> Batches:
    """All rows of the pieces once in each epoch, one epoch after another, in batches of the given `sizes`.

    `read` opens a file as a tf.data.Dataset of records; `prepare` makes serialized examples, string [rows], into tensors with as
    many rows. Reading fails unless each epoch has as many batches as there are sizes.
    """
    rows = int(sizes.sum())
    # Windows of equal length: a short last one would hold nothing but the ends of the longest pieces.
    length = math.ceil(rows / max(math.ceil(rows / window), 1))
    paths, firsts, counts = _columns(pieces)
    whole = all(piece.whole for piece in pieces)

    def open_piece(path: tf.Tensor, first: tf.Tensor, count: tf.Tensor) -> Batches:
        records = read(path) if whole else read(path).skip(first).take(count)
        return records.batch(_BLOCK)

    def epoch(number: tf.Tensor) -> Batches:
        here = tf.stack([tf.constant(seed, tf.int64), number])
        order = _tf.random.experimental.stateless_shuffle(tf.range(len(pieces)), here)
        found = _tf.data.Dataset.from_tensor_slices(
            (tf.gather(paths, order), tf.gather(firsts, order), tf.gather(counts, order))
        )
        blocks = found.interleave(
            open_piece,
            cycle_length=min(len(pieces), PIECES_AT_ONCE),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        as_it_is = tf.autograph.experimental.do_not_convert(prepare)
        prepared = blocks.rebatch(_CHUNK).map(as_it_is, num_parallel_calls=tf.data.AUTOTUNE)
        windows = prepared.rebatch(length).enumerate().map(lambda at, found: _permuted(found, here, at))
        return windows.rebatch(sizes).apply(tf.data.experimental.assert_cardinality(len(sizes)))

    return tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(epoch)


def _permuted(window: Any, seed: tf.Tensor, number: tf.Tensor) -> Any:
    count = tf.shape(tf.nest.flatten(window)[0])[0]
    here = _tf.random.experimental.stateless_fold_in(seed, number)
    order = _tf.random.experimental.index_shuffle(tf.range(count), here, count - 1)
    return tf.nest.map_structure(lambda part: tf.gather(part, order), window)


def _columns(pieces: Sequence[Piece]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    return (
        tf.constant([piece.path for piece in pieces], tf.string),
        tf.constant([piece.first for piece in pieces], tf.int64),
        tf.constant([piece.rows for piece in pieces], tf.int64),
    )
