"""Each training row's key is recorded in the order of the records, so that folds keep rows of one key together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.conftest import MakeDataset

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.key_hashes import read_key_hashes
from contracts.dataset.published import Dataset
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs
from preprocessing.engine import SparkEngine
from preprocessing.records.key_files import KeysWriter

ROWS = 600
BODY: dict[str, Any] = {
    "features": {"x": {"kind": "numeric", "scale": "none"}},
    "remaining": "exclude",
    "split_key": ["who"],
}
TEXT = "x,who,y,c,day\n" + "".join(
    f"{row},{'' if row % 50 == 7 else f'who {row % 37}'},{row % 2},{'abc'[row % 3]},2013-0{1 + row % 37 // 30}-01\n"
    for row in range(ROWS)
)


def hashes_by_row(dataset: Dataset, engine: SparkEngine) -> dict[int, int]:
    """The hash of each training row's key, by the number of the row."""
    model_inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
    with open_pipeline(dataset, model_inputs, engine.settings.source_roots) as pipeline:
        numbers = np.concatenate([numeric.numpy()[:, 0] for numeric, *_ in pipeline.recorded("train", 64)])
    return dict(zip(numbers.astype(int).tolist(), read_key_hashes(dataset).tolist(), strict=True))


def keys_of(hashes: dict[int, int]) -> dict[object, set[int]]:
    keys: dict[object, set[int]] = {}
    for row, found in hashes.items():
        keys.setdefault(None if row % 50 == 7 else row % 37, set()).add(found)
    return keys


@pytest.mark.parametrize(
    "label", [{"column": "y"}, {"column": "c", "kind": "multiclass"}, {"expression": "x > 300"}], ids=str
)
def test_rows_of_one_key_have_one_hash_in_every_form_and_number_of_ranges(
    make_dataset: MakeDataset, engine: SparkEngine, label: dict[str, Any]
) -> None:
    first = make_dataset(TEXT, label=label, records="raw", partitions=1, **BODY)
    hashes = hashes_by_row(first, engine)
    keys = keys_of(hashes)
    assert len(keys) > 20
    assert all(len(found) == 1 for found in keys.values())
    assert len({found for of_key in keys.values() for found in of_key}) == len(keys)
    assert 300 < len(hashes) < ROWS
    for records, partitions in (("raw", 4), ("none", 3), ("transformed", 3)):
        other = make_dataset(TEXT, label=label, records=records, partitions=partitions, **BODY)
        assert len(other.manifest.keys) == len(other.manifest.ranges)
        assert hashes_by_row(other, engine) == hashes
        assert other.manifest.fingerprint == first.manifest.fingerprint


def test_groups_that_are_checked_are_keys_and_rows_without_one_are_of_none(
    make_dataset: MakeDataset, engine: SparkEngine
) -> None:
    splits = {"time": {"column": "day", "test_from": "2013-02-01"}}
    text = "\n".join(line for line in TEXT.splitlines() if not (",," in line and line.endswith("02-01"))) + "\n"
    checked = make_dataset(text, label={"column": "y"}, splits=splits, partitions=3, **BODY)
    keys = keys_of(hashes_by_row(checked, engine))
    without_key = keys.pop(None)
    assert len(without_key) > 5
    assert set(keys) == set(range(30))
    assert all(len(found) == 1 for found in keys.values())
    no_key = {name: part for name, part in BODY.items() if name != "split_key"}
    assert make_dataset(text, label={"column": "y"}, splits=splits, **no_key).manifest.keys == []
    assert make_dataset(text, label={"column": "y"}, **no_key).manifest.keys == []


def test_only_training_rows_are_written_and_nothing_is_visible_before_the_end(data_folder: DataFolder) -> None:
    hashes = np.array([5 << 32, 6 << 32, (7 << 32) + 9], np.uint64)
    with KeysWriter(data_folder, 2) as keys:
        keys.write(hashes, np.array([1, 2, 1], np.uint8))
        keys.write(hashes[:0], np.array([], np.uint8))
        assert data_folder.files.files("keys") == []
        artifact = keys.finish()
    assert artifact.path == "keys/00002.arrow"
    assert artifact.bytes == len(data_folder.files.read(artifact.path))
    assert data_folder.files.files(data_folder.staging) == []
