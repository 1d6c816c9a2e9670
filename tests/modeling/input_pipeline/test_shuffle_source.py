"""Rows of a source in another order in each epoch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from tests.modeling.made import Made, make_rows
from tests.modeling.made_records import raw_matrices

from contracts.dataset.published import Dataset
from contracts.storage import Storage
from modeling.input_pipeline import shuffle_source
from modeling.input_pipeline.shuffle_source import shuffled_epochs
from modeling.input_pipeline.source_rows import Rows

ROWS = [{**row, "class": at} for at, row in enumerate(make_rows(120))]
MADE = Made(ROWS, [(1, 1, 2, 0)[at % 4] for at in range(120)], records="none")
TRAIN = [row["class"] for row in MADE.of("train")]
PLACE = list(MADE.schema.number_columns).index("class")


@pytest.fixture
def dataset(storage: Storage) -> Dataset:
    return MADE.publish(storage)


def numbers(batches: Iterator[Rows]) -> list[list[int]]:
    return [batch[0][:, PLACE].astype(int).tolist() for batch in batches]


def plain(*sizes: int) -> Iterator[Rows]:
    """Batches of these sizes, their rows numbered through."""
    count = itertools.count()
    for size in sizes:
        column = np.array(list(itertools.islice(count, size)), np.float32)
        yield column[:, np.newaxis], np.full((size, 1), b"x", object), column


def test_every_row_of_the_split_is_seen_once_with_its_own_values(dataset: Dataset) -> None:
    (batch,) = shuffled_epochs(dataset, (0, 60), [60], 3, range(1))
    order = batch[0][:, PLACE].astype(int).tolist()
    assert sorted(order) == TRAIN
    assert order != TRAIN
    numeric, tokens = raw_matrices(MADE.schema, [ROWS[number] for number in order])
    np.testing.assert_array_equal(batch[0], numeric)
    assert batch[1].tolist() == tokens.tolist()
    assert batch[2].tolist() == [ROWS[number]["late"] for number in order]


def test_seed_and_epoch_alone_decide_the_order(dataset: Dataset) -> None:
    first, second = numbers(shuffled_epochs(dataset, (0, 60), [60], 3, range(2)))
    assert sorted(first) == sorted(second)
    assert first != second
    assert numbers(shuffled_epochs(dataset, (0, 60), [60], 3, range(1, 2))) == [second]
    assert numbers(shuffled_epochs(dataset, (0, 60), [60], 4, range(1))) != [first]


def test_batches_have_the_sizes_and_rows_of_a_workers_share(dataset: Dataset) -> None:
    batches = numbers(shuffled_epochs(dataset, (20, 50), [8, 8, 14], 3, range(2)))
    assert [len(batch) for batch in batches] == [8, 8, 14] * 2
    for epoch in (batches[:3], batches[3:]):
        assert sorted(itertools.chain.from_iterable(epoch)) == TRAIN[20:50]


def test_a_small_buffer_still_holds_every_row(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shuffle_source, "_MIN_BUFFER_ROWS", 8)
    monkeypatch.setattr(shuffle_source, "_BUFFER_BYTES", 0)
    monkeypatch.setattr(shuffle_source, "_BLOCK", 4)
    batches = numbers(shuffled_epochs(dataset, (0, 60), [2] * 30, 3, range(1)))
    assert sorted(itertools.chain.from_iterable(batches)) == TRAIN


def test_rows_move_from_one_fill_of_the_buffer_to_the_next() -> None:
    mixed = list(shuffle_source._mixed(plain(*[4] * 10), 8, np.random.default_rng(0)))
    order = np.concatenate([rows[2] for rows in mixed]).tolist()
    assert sorted(order) == list(range(40))
    assert {len(rows[2]) for rows in mixed[:-1]} == {4}
    assert max(abs(place - number) for place, number in enumerate(order)) > 8


@pytest.mark.parametrize("given", [(10,), (3, 3, 4), (1,) * 10, (7, 0, 3)])
def test_rows_are_divided_into_the_sizes_whatever_they_come_in(given: tuple[int, ...]) -> None:
    batches = list(shuffle_source._in_sizes(plain(*given), [4, 1, 5]))
    assert [rows[2].tolist() for rows in batches] == [[0, 1, 2, 3], [4], [5, 6, 7, 8, 9]]
    assert all(len(part) == len(rows[2]) for rows in batches for part in rows)
