"""Whatever form a dataset's records have, the same model inputs come out."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import oracle, raw_matrices

from contracts.dataset.published import Dataset
from contracts.errors import CorruptData, NotAllowed, SourceChanged
from contracts.storage import Storage
from modeling.distributed.worker_rows import WorkerRows
from modeling.input_pipeline import pipeline as pipeline_module
from modeling.input_pipeline import shuffle_records, shuffle_source
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs

FORMS = [
    ("none", "packed", "none"),
    ("raw", "columns", "none"),
    ("raw", "packed", "gzip"),
    ("transformed", "columns", "gzip"),
    ("transformed", "packed", "none"),
]


@pytest.fixture(params=["held", "streamed"], autouse=True)
def held_or_streamed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small splits are read once, large ones in each epoch: both, in every test."""
    if request.param == "streamed":
        monkeypatch.setattr(pipeline_module, "HELD_BYTES", 0)


def made(records: Any = "raw", layout: Any = "packed", compression: Any = "none", count: int = 300) -> Made:
    splits = [(1, 1, 1, 2, 3, 0)[at % 6] for at in range(count)]
    return Made(make_rows(count), splits, records=records, layout=layout, compression=compression)


def inputs_of(dataset: Dataset) -> ModelInputs:
    return ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())


def gather(batches: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = [(numeric.numpy(), ids.numpy(), label.numpy()) for (numeric, ids), label in batches]
    numeric, ids, labels = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return numeric, ids, labels


def sorted_rows(numeric: np.ndarray, ids: np.ndarray, labels: np.ndarray) -> list[tuple[float, ...]]:
    return sorted(map(tuple, np.concatenate([numeric, ids, labels[:, np.newaxis]], axis=1).tolist()))


@pytest.mark.parametrize(("records", "layout", "compression"), FORMS)
def test_every_form_gives_the_oracles_inputs_bit_for_bit(
    storage: Storage, tmp_path: Path, records: str, layout: str, compression: str
) -> None:
    source = made(records, layout, compression)
    dataset = source.publish(storage)
    numeric, ids = oracle(source, source.of("train"))
    labels = np.array([row["late"] for row in source.of("train")], np.float32)
    with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
        found = gather(pipeline.evaluation("train", 32))
        shuffled = gather(pipeline.training(32, seed=3))
        empty = pipeline.rows("test")
    assert found[0].dtype == np.float32
    assert found[1].dtype == np.int64
    assert sorted_rows(*found) == sorted_rows(numeric, ids, labels)
    assert sorted_rows(*shuffled) == sorted_rows(numeric, ids, labels)
    assert empty == len(source.of("test"))


@pytest.mark.parametrize(("records", "layout", "compression"), FORMS[:3])
def test_training_order_changes_with_each_epoch_and_repeats_with_the_seed(
    storage: Storage, tmp_path: Path, records: str, layout: str, compression: str
) -> None:
    dataset = made(records, layout, compression).publish(storage)
    with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
        rows = pipeline.rows("train")
        both = gather(pipeline.training(32, seed=3, epochs=2))[0]
        first, second = both[:rows], both[rows:]
        again = gather(pipeline.training(32, seed=3, epochs=1))[0]
        resumed = gather(pipeline.training(32, seed=3, epochs=2, first_epoch=1))[0]
        other = gather(pipeline.training(32, seed=4))[0]
        sizes = [len(label) for _, label in pipeline.training(32, seed=4)]
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again)
    assert np.array_equal(second, resumed), "an epoch's order does not depend on those before it"
    assert not np.array_equal(first, other)
    assert np.array_equal(np.sort(first, axis=0), np.sort(second, axis=0))
    assert set(sizes[:-1]) == {32}
    assert sum(sizes) == len(first)


def test_infinity_and_int64_extremes_in_raw_columns(storage: Storage) -> None:
    rows = make_rows(6)
    rows[0] |= {"distance km": float("inf"), "class": 2**63 - 1}
    rows[1] |= {"distance km": float("-inf"), "class": -(2**63)}
    rows[2] |= {"distance km": -0.0, "class": 2**53 + 1}
    source = Made(rows, [1] * 6, layout="columns")
    dataset = source.publish(storage)
    with open_pipeline(dataset, inputs_of(dataset), []) as pipeline:
        found = gather(pipeline.evaluation("train", 4))
    numeric, ids = oracle(source, rows)
    assert sorted_rows(found[0], found[1], found[2] * 0) == sorted_rows(numeric, ids, np.zeros(6))


def test_a_shard_that_was_cut_short_is_refused(storage: Storage) -> None:
    dataset = made().publish(storage)
    local = dataset.files.local_path(dataset.manifest.shards[0].path)
    assert local is not None
    local.write_bytes(local.read_bytes()[:-20])
    with pytest.raises(CorruptData, match="must have"), open_pipeline(dataset, inputs_of(dataset), []):
        pass


def test_a_shard_with_a_changed_byte_is_found_while_reading(storage: Storage) -> None:
    dataset = made().publish(storage)
    local = dataset.files.local_path(dataset.manifest.shards[0].path)
    assert local is not None
    data = bytearray(local.read_bytes())
    data[len(data) // 2] ^= 1
    local.write_bytes(data)
    with pytest.raises(CorruptData, match="damaged"), open_pipeline(dataset, inputs_of(dataset), []) as pipeline:
        gather(pipeline.evaluation("train", 32))


@pytest.mark.parametrize("records", ["raw", "none"])
@pytest.mark.parametrize("more", [40, -40])
def test_records_that_are_more_or_fewer_than_the_manifest_has_are_corrupt(
    storage: Storage, tmp_path: Path, records: str, more: int
) -> None:
    published = made(records).publish(storage)
    splits = dict(published.manifest.splits)
    splits["train"] = splits["train"].model_copy(update={"rows": splits["train"].rows + more})
    dataset = Dataset(storage, published.manifest.model_copy(update={"splits": splits}))
    with (
        pytest.raises(CorruptData, match="dataset made does not have the rows of its manifest"),
        open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline,
    ):
        gather(pipeline.evaluation("train", 32))


def test_a_changed_source_is_refused(storage: Storage, tmp_path: Path) -> None:
    dataset = made("none").publish(storage)
    path = tmp_path / "made.csv"
    os.utime(path, (1, 1))
    with pytest.raises(SourceChanged), open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]):
        pass


def test_a_source_that_changes_its_row_count_is_found_while_reading(storage: Storage, tmp_path: Path) -> None:
    dataset = made("none").publish(storage)
    path = tmp_path / "made.csv"
    header = path.read_bytes().split(b"\n")[0]

    def read_what_was_replaced() -> None:
        with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
            path.write_bytes(header + b"\n" + b"1,a,2,3,,,,1\n" * 400)
            gather(pipeline.evaluation("train", 32))

    with pytest.raises(SourceChanged, match="number of rows"):
        read_what_was_replaced()


def test_a_source_outside_the_roots_is_not_read(storage: Storage, tmp_path: Path) -> None:
    dataset = made("none").publish(storage)
    with (
        pytest.raises(NotAllowed),
        open_pipeline(dataset, inputs_of(dataset), [str(tmp_path / "elsewhere")]),
    ):
        pass


def test_schemas_of_one_kind_alone(storage: Storage) -> None:
    for at, kind in enumerate(("numeric", "categorical")):
        chosen = {name: feature for name, feature in SCHEMA.features.items() if feature.kind == kind}
        for layout in ("columns", "packed"):
            for records in ("raw", "transformed"):
                schema = SCHEMA.model_copy(update={"features": chosen})
                source = Made(
                    make_rows(20),
                    [1] * 20,
                    schema=schema,
                    records=records,
                    layout=layout,
                    name=f"{kind}-{layout}-{records}",
                )
                if kind == "categorical" and records == "transformed":
                    continue
                dataset = source.publish(storage)
                with open_pipeline(dataset, inputs_of(dataset), []) as pipeline:
                    numeric, ids, _ = gather(pipeline.evaluation("train", 8))
                assert (numeric.shape[1] == 0, ids.shape[1] == 0) == (at == 1, at == 0)


@pytest.mark.parametrize(("records", "layout", "compression"), FORMS)
def test_a_split_as_its_records_hold_it(
    storage: Storage, tmp_path: Path, records: str, layout: str, compression: str
) -> None:
    source = made(records, layout, compression)
    dataset = source.publish(storage)
    with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
        is_final = pipeline.holds_model_inputs
        found = [[part.numpy() for part in batch] for batch in pipeline.recorded("test", 7)]
    numeric, categorical, labels = (np.concatenate(parts) for parts in zip(*found, strict=True))
    rows = source.of("test")
    expected = oracle(source, rows) if is_final else raw_matrices(source.schema, rows)
    assert is_final == (records == "transformed")
    assert sorted(map(tuple, categorical.tolist())) == sorted(map(tuple, expected[1].tolist()))
    assert np.array_equal(np.sort(numeric, axis=0), np.sort(expected[0], axis=0), equal_nan=True)
    assert labels.sum() == sum(row["late"] for row in rows)


@pytest.mark.parametrize(("records", "layout", "compression"), FORMS[:3])
@pytest.mark.parametrize("replicas", [1, 2])
def test_workers_share_rows_without_losing_or_repeating_any(
    storage: Storage, tmp_path: Path, records: str, layout: str, compression: str, replicas: int
) -> None:
    dataset = made(records, layout, compression, count=305).publish(storage)
    with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
        whole = sorted_rows(*gather(pipeline.evaluation("train", 32)))
        shares = [WorkerRows(worker, 3, replicas) for worker in range(3)]
        found = [list(pipeline.training(32, seed=1, share=share)) for share in shares]
        checked = [list(pipeline.evaluation("train", 32, share)) for share in shares]
        few = [list(pipeline.evaluation("test", 32, WorkerRows(worker, 60, 1))) for worker in range(2)]
    for each in (found, checked):
        counts = {len(batches) for batches in each}
        assert counts == {shares[0].steps(pipeline.rows("train"), 32) * replicas}, "nobody waits for another batch"
        assert min(len(label) for batches in each for _, label in batches) >= 1
        assert sorted_rows(*gather([batch for batches in each for batch in batches])) == whole
    assert [len(label) for batches in few for _, label in batches] == [pipeline.rows("test")] * 2


@pytest.mark.parametrize("records", ["none", "raw"])
def test_a_dataset_sorted_by_its_label_is_mixed(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: str
) -> None:
    """With windows far smaller than the data, a batch's share of positives strays little more than chance has it."""
    monkeypatch.setattr(shuffle_records, "WINDOW_BYTES", 0)
    monkeypatch.setattr(shuffle_records, "_MIN_WINDOW_ROWS", 1000)
    monkeypatch.setattr(shuffle_source, "_MIN_BUFFER_ROWS", 1000)
    monkeypatch.setattr(shuffle_source, "_BUFFER_BYTES", 0)
    monkeypatch.setattr(shuffle_source, "_BLOCK", 100)
    rows = sorted(make_rows(6000), key=lambda row: row["late"])
    dataset = Made(rows, [1] * 6000, records=records).publish(storage)  # pyright: ignore[reportArgumentType]
    with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
        means = np.array([label.numpy().mean() for _, label in pipeline.training(100, seed=1)])
    mean = sum(row["late"] for row in rows) / 6000
    chance = math.sqrt(mean * (1 - mean) / 100)
    astray = np.sqrt(((means - mean) ** 2).mean())
    assert astray < {"raw": 2, "none": 5}[records] * chance
