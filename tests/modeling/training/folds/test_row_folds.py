"""Each training row is in one fold: by its content or key and the seed, and by nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.modeling.made import Made, Row, make_rows

from contracts.errors import CorruptData, InvalidRequest
from contracts.messages.folds.spec import Folds
from contracts.statistics import LabelStatistics
from contracts.storage import Storage
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs
from modeling.training.folds.row_folds import RowFolds, assign_folds, folds_of

FOLDS = Folds(count=5)


def assigned(made: Made, storage: Storage, folds: Folds = FOLDS) -> RowFolds:
    dataset = made.publish(storage)
    statistics = dataset.statistics()
    model_inputs = ModelInputs(dataset.schema, statistics, dataset.vocabularies())
    with open_pipeline(dataset, model_inputs, [str(Path(storage.uri).parent)]) as pipeline:
        return assign_folds(pipeline, folds, statistics.splits["train"].label)


def by_row(made: Made, row_folds: RowFolds) -> dict[int, int]:
    """The fold of each row object, by its identity."""
    rows = made.of("train")
    ordered = rows if made.records == "none" else rows[0::2] + rows[1::2]
    return {id(row): int(fold) for row, fold in zip(ordered, row_folds.of_rows, strict=True)}


@given(
    st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=200),
    st.integers(2, 20),
    st.integers(0, 2**31 - 1),
)
def test_folds_partition_rows_and_depend_on_nothing_but_hash_and_seed(hashes: list[int], count: int, seed: int) -> None:
    array, folds = np.array(hashes, np.uint64), Folds(count=count, seed=seed)
    of_rows = folds_of(array, folds)
    assert of_rows.max() < count
    row_folds = RowFolds(of_rows, None, "row")  # type: ignore[arg-type]
    masks = np.array([row_folds.held_out(fold) for fold in range(count)])
    assert masks.sum(axis=0).tolist() == [1] * len(hashes)
    order = np.random.default_rng(seed).permutation(len(hashes))
    np.testing.assert_array_equal(folds_of(array[order], folds), of_rows[order])


@pytest.mark.parametrize("count", [2, 5, 20])
def test_folds_are_about_equal_and_another_seed_makes_others(count: int) -> None:
    hashes = np.arange(100_000, dtype=np.uint64)
    first, second = (folds_of(hashes, Folds(count=count, seed=seed)) for seed in (0, 1))
    sizes = np.bincount(first, minlength=count)
    expected = len(hashes) / count
    assert abs(sizes - expected).max() < 4.5 * expected**0.5
    agree = (first == second).mean()
    assert abs(agree - 1 / count) < 0.01


def made_of(rows: list[Row], **options: Any) -> Made:
    return Made(rows, [(1, 1, 1, 2, 3)[index % 5] for index in range(len(rows))], split_rule=None, **options)


def test_records_and_their_order_change_no_fold(storage: Storage) -> None:
    rows = make_rows(300)
    raw = made_of(rows)
    folds = by_row(raw, assigned(raw, storage))
    bare = made_of(rows, records="none", name="bare")
    assert by_row(bare, assigned(bare, storage)) == folds
    columns = made_of(rows, layout="columns", compression="gzip", name="columns")
    assert by_row(columns, assigned(columns, storage)) == folds
    backwards = Made(rows[::-1], raw.splits[::-1], split_rule=None, name="backwards")
    assert by_row(backwards, assigned(backwards, storage)) == folds
    other = made_of(rows, name="seed")
    assert by_row(other, assigned(other, storage, Folds(count=5, seed=1))) != folds


def test_equal_rows_share_a_fold_whatever_their_labels(storage: Storage) -> None:
    rows = make_rows(150)
    doubled = [{**row, "late": label} for row in rows for label in (0, 1)]
    made = Made(doubled, [1] * 300, split_rule=None)
    folds = by_row(made, assigned(made, storage))
    assert [folds[id(row)] for row in doubled[0::2]] == [folds[id(row)] for row in doubled[1::2]]


@pytest.mark.parametrize("records", ["raw", "none", "transformed"])
def test_rows_of_one_key_are_in_one_fold(storage: Storage, records: Any) -> None:
    made = Made(make_rows(400), [1] * 400, records=records, key="origin")
    row_folds = assigned(made, storage, Folds(count=2))
    assert row_folds.by == "key"
    folds = by_row(made, row_folds)
    of_keys: dict[Any, set[int]] = {}
    for row in made.rows:
        of_keys.setdefault(row["origin"], set()).add(folds[id(row)])
    assert len(of_keys) > 6
    assert all(len(of_key) == 1 for of_key in of_keys.values())


def test_too_few_keys_or_contents_are_refused(storage: Storage) -> None:
    rows = [{**row, "origin": b"one"} for row in make_rows(40)]
    with pytest.raises(InvalidRequest, match="equal split_key share a fold") as caught:
        assigned(Made(rows, [1] * 40, key="origin"), storage)
    assert caught.value.pointer == "/folds"
    equal = [{**make_rows(1)[0], "late": index % 2} for index in range(40)]
    with pytest.raises(InvalidRequest, match="equal content share a fold"):
        assigned(Made(equal, [1] * 40, split_rule=None, name="equal"), storage)


def test_weights_of_nothing_are_refused(storage: Storage) -> None:
    schema = Made([], []).schema.model_copy(update={"weight": "w"})
    rows = [{**row, "w": 0.0} for row in make_rows(100)]
    with pytest.raises(InvalidRequest, match=r"weights of all .* rows of fold 1 of 5 are 0"):
        assigned(Made(rows, [1] * 100, schema=schema, split_rule=None), storage)


def test_keys_of_other_rows_are_corrupt(storage: Storage) -> None:
    made = Made(make_rows(40), [1] * 40, key="origin")
    dataset = made.publish(storage)
    fewer = dataset.manifest.splits["train"].model_copy(update={"rows": 39})
    manifest = dataset.manifest.model_copy(update={"splits": {**dataset.manifest.splits, "train": fewer}})
    damaged = type(dataset)(dataset.storage, manifest)
    model_inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
    with (
        open_pipeline(damaged, model_inputs, [str(Path(storage.uri).parent)]) as pipeline,
        pytest.raises(CorruptData, match="keys of 40"),
    ):
        assign_folds(pipeline, FOLDS, LabelStatistics(count=40, positives=20))
