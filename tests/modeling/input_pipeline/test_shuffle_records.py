"""Records in another order in each epoch, which the seed and the epoch alone decide."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from modeling.input_pipeline import shuffle_records
from modeling.input_pipeline.shuffle_records import Chunk, read_chunks, shuffled_epochs, split_shards, window_rows

SIZES = [30, 1, 47, 22]
TOTAL = sum(SIZES)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int]]:
    """Four files that hold the numbers from 0 to 99 as text."""
    folder, numbers = tmp_path_factory.mktemp("shards"), itertools.count()
    paths: list[tuple[str, int]] = []
    for size in SIZES:
        path = str(folder / f"{len(paths)}.tfrecord")
        with tf.io.TFRecordWriter(path) as writer:
            for number in itertools.islice(numbers, size):
                writer.write(str(number).encode())
        paths.append((path, size))
    return paths


def number(serialized: tf.Tensor) -> tf.Tensor:
    return tf.strings.to_number(serialized, tf.int64)


def epochs_of(chunks: list[Chunk], sizes: list[int], *, window: int = 1000, seed: int = 3, epochs: Any = 1) -> Any:
    numbers = range(epochs) if isinstance(epochs, int) else epochs
    batches = shuffled_epochs(
        chunks, tf.data.TFRecordDataset, number, sizes=np.array(sizes), window=window, seed=seed, epochs=numbers
    )
    return [batch.numpy().tolist() for batch in batches]


def joined(batches: list[list[int]]) -> list[int]:
    return list(itertools.chain.from_iterable(batches))


@given(
    sizes=st.lists(st.integers(0, 50), max_size=6),
    edges=st.tuples(st.integers(0, 310), st.integers(0, 310)).map(sorted),
    max_rows=st.integers(1, 60),
)
def test_chunks_hold_the_range_of_records_in_order(sizes: list[int], edges: list[int], max_rows: int) -> None:
    chunks = split_shards([(f"{at}", size) for at, size in enumerate(sizes)], edges[0], edges[1], max_rows)
    begins = [0, *itertools.accumulate(sizes)]
    rows = [begins[int(chunk.path)] + chunk.first + at for chunk in chunks for at in range(chunk.rows)]
    assert rows == list(range(min(edges[0], sum(sizes)), min(edges[1], sum(sizes))))
    for chunk in chunks:
        assert chunk.rows >= 1
        assert chunk.whole == (chunk.rows == sizes[int(chunk.path)])
    for path, own in itertools.groupby(chunks, key=lambda chunk: chunk.path):
        parts = list(own)
        assert len(parts) <= 8
        assert max(part.rows for part in parts) <= max_rows or len(parts) == 8, path


def test_small_rows_are_permuted_in_windows_of_a_size_in_memory() -> None:
    assert window_rows(1 << 10) == 65_536
    assert window_rows(1 << 20) == 16_384, "and large ones by number"
    assert window_rows(0) == shuffle_records.WINDOW_BYTES


def test_chunks_are_read_one_after_another(shards: list[tuple[str, int]]) -> None:
    chunks = split_shards(shards, 5, 90, max_rows=20)
    assert [int(text) for text in read_chunks(chunks, tf.data.TFRecordDataset).as_numpy_iterator()] == list(
        range(5, 90)
    )


@pytest.mark.parametrize(("max_rows", "window"), [(1000, 1000), (7, 1000), (7, 13), (1000, 1)])
def test_every_record_is_seen_once_in_an_epoch(shards: list[tuple[str, int]], max_rows: int, window: int) -> None:
    sizes = [40, 40, 20]
    batches = epochs_of(split_shards(shards, 0, TOTAL, max_rows), sizes, window=window, epochs=2)
    assert [len(batch) for batch in batches] == sizes * 2
    first, second = joined(batches[:3]), joined(batches[3:])
    assert sorted(first) == sorted(second) == list(range(TOTAL))
    assert first != second
    assert first != list(range(TOTAL))


def test_a_part_of_the_records_is_a_workers_share(shards: list[tuple[str, int]]) -> None:
    batches = epochs_of(split_shards(shards, 25, 60, 10), [35])
    assert sorted(joined(batches)) == list(range(25, 60))


def test_seed_and_epoch_alone_decide_the_order(shards: list[tuple[str, int]]) -> None:
    chunks, sizes = split_shards(shards, 0, TOTAL, 20), [50, 50]
    both = epochs_of(chunks, sizes, epochs=2)
    assert epochs_of(chunks, sizes, epochs=1) == both[:2]
    assert epochs_of(chunks, sizes, epochs=range(1, 2)) == both[2:]
    assert epochs_of(chunks, sizes, seed=4) != both[:2]


def test_what_is_side_by_side_in_a_file_ends_up_apart(shards: list[tuple[str, int]]) -> None:
    order = np.array(joined(epochs_of(split_shards(shards, 0, TOTAL, 1000), [TOTAL])))
    assert np.abs(np.diff(order)).mean() > TOTAL / 5, "a third of them if it is random, 1 if it is not"


def test_another_number_of_batches_than_announced_is_an_error(shards: list[tuple[str, int]]) -> None:
    chunks = [Chunk(path, 0, rows + 25, whole=True) for path, rows in shards]
    with pytest.raises(
        tf.errors.FailedPreconditionError, match="was expected to contain 3 elements but contained only 2"
    ):
        epochs_of(chunks, [60, 60, 60])
