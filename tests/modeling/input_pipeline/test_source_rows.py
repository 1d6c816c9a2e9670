"""Rows of a split, read from the source again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import raw_matrices

from contracts.dataset.published import Dataset
from contracts.errors import CorruptData, NotAllowed, SourceChanged
from contracts.schema import Categorical, SplitName
from contracts.storage import Storage
from modeling.input_pipeline.source_rows import Rows, check_source, range_counts, record_batches, split_rows

SPLITS: list[SplitName] = ["train", "validation", "test"]
ROWS = [{**row, "class": at} for at, row in enumerate(make_rows(50))]
MADE = Made(ROWS, [(1, 2, 1, 0, 3)[at % 5] for at in range(50)], records="none")


@pytest.fixture
def dataset(storage: Storage) -> Dataset:
    return MADE.publish(storage)


def numbers(batches: Iterator[Rows]) -> list[int]:
    return [int(number) for batch in batches for number in batch[0][:, list(SCHEMA.number_columns).index("class")]]


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_in_the_order_of_the_source(dataset: Dataset, split: SplitName) -> None:
    numeric, tokens, label = (np.concatenate(parts) for parts in zip(*record_batches(dataset, split), strict=True))
    rows = MADE.of(split)
    expected = raw_matrices(MADE.schema, rows)
    np.testing.assert_array_equal(numeric, expected[0])
    assert tokens.tolist() == expected[1].tolist()
    assert (label.dtype, label.tolist()) == (np.float32, [row["late"] for row in rows])


def test_weights_are_the_fourth_part(storage: Storage) -> None:
    schema = SCHEMA.model_copy(update={"weight": "share"})
    rows = [{**row, "share": 0.5 + at} for at, row in enumerate(ROWS)]
    dataset = Made(rows, MADE.splits, schema=schema, records="none").publish(storage)
    weights = np.concatenate([batch[3] for batch in record_batches(dataset, "test")])
    assert weights.tolist() == [0.5 + at for at in range(4, 50, 5)]


@pytest.mark.parametrize("split", SPLITS)
def test_ranges_are_counted_and_can_be_read_apart(dataset: Dataset, split: SplitName) -> None:
    counts = range_counts(dataset, split)
    parts = [numbers(split_rows(dataset, split, [index])) for index in range(len(dataset.manifest.ranges))]
    assert [len(part) for part in parts] == counts
    assert [*parts[0], *parts[1]] == [row["class"] for row in MADE.of(split)]
    assert numbers(split_rows(dataset, split, [1, 0])) == [*parts[1], *parts[0]]


@pytest.mark.parametrize("positions", [[], [0], [19], [3, 4, 9, 10, 18], list(range(20))])
def test_positions_are_among_the_rows_of_the_ranges(dataset: Dataset, positions: list[int]) -> None:
    train = [row["class"] for row in MADE.of("train")]
    chosen = np.array(positions, np.int64)
    assert numbers(split_rows(dataset, "train", [0, 1], chosen)) == [train[position] for position in positions]
    second = train[range_counts(dataset, "train")[0] :]
    in_second = chosen[chosen < len(second)]
    assert numbers(split_rows(dataset, "train", [1], in_second)) == [second[position] for position in in_second]


@pytest.mark.parametrize(("index", "rows", "received"), [(0, 26, "25 or more"), (1, 25, "0 or more")])
def test_a_source_with_another_number_of_rows_is_found(storage: Storage, index: int, rows: int, received: str) -> None:
    """As if each half of the source had the other's number of rows when the dataset was made."""
    dataset = Made([*ROWS, ROWS[0]], [*MADE.splits, 1], records="none").publish(storage)
    swapped = dataset.manifest.model_copy(update={"rows": dataset.manifest.rows[::-1]})
    with pytest.raises(SourceChanged, match=f"Received: {received} in range {index}, where there were {rows}"):
        list(split_rows(Dataset(storage, swapped), "train", [index]))


def test_a_file_of_splits_that_was_changed_is_corrupt(dataset: Dataset) -> None:
    artifact = dataset.manifest.rows[0]
    dataset.files.write(artifact.path, b"ARROW1 and nothing else")
    with pytest.raises(CorruptData, match="checksum"):
        list(record_batches(dataset, "train"))
    with pytest.raises(CorruptData, match="checksum"):
        range_counts(dataset, "train")


def test_a_file_of_splits_without_its_columns_is_corrupt(storage: Storage) -> None:
    dataset = MADE.publish(storage)
    weighted = dataset.manifest.schema_.model_copy(update={"weight": "share"})
    other = Dataset(storage, dataset.manifest.model_copy(update={"schema_": weighted}))
    with pytest.raises(CorruptData, match="does not hold split, label, weight"):
        range_counts(other, "train")


def test_a_source_must_be_unchanged_and_below_the_roots(storage: Storage, dataset: Dataset) -> None:
    root = storage.local_path()
    assert root is not None
    check_source(dataset, [str(root.parent)])
    with pytest.raises(NotAllowed):
        check_source(dataset, [str(root)])
    (root.parent / "made.csv").write_bytes(b"")
    with pytest.raises(SourceChanged):
        check_source(dataset, [str(root.parent)])


@pytest.mark.parametrize(("spelling", "tokens"), [("canonical", [b"101", b"true"]), (None, [b"101.0", b"True"])])
def test_text_has_the_spelling_of_the_feature(
    storage: Storage, spelling: Literal["canonical"] | None, tokens: list[bytes]
) -> None:
    schema = SCHEMA.model_copy(update={"features": {**SCHEMA.features, "origin": Categorical(spelling=spelling)}})
    rows = [{**row, "origin": (b"101.0", b"True")[at % 2]} for at, row in enumerate(ROWS[:4])]
    dataset = Made(rows, [1] * 4, schema=schema, records="none").publish(storage)
    read = np.concatenate([batch[1] for batch in record_batches(dataset, "train")])
    assert read[:, list(schema.token_columns).index("origin")].tolist() == 2 * tokens
