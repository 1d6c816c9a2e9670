"""Row files hold the split, label and weight of each row, and exist only when they are whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from contracts.dataset.data_folder import DataFolder
from preprocessing.records.row_files import RowsWriter

CODES = np.array([1, 0, 3], np.uint8)
LABELS = np.array([1, np.nan, 0], np.float32)
WEIGHTS = np.array([0.5, np.nan, 2], np.float32)


def batches_of(folder: DataFolder, path: str) -> Sequence[pa.RecordBatch]:
    file = pa.ipc.open_file(folder.files.map(path))
    return [file.get_batch(index) for index in range(file.num_record_batches)]


def test_each_batch_is_read_back(data_folder: DataFolder) -> None:
    with RowsWriter(data_folder, data_folder.rows(3), label=pa.float32()) as rows:
        rows.write(CODES, LABELS)
        rows.write(CODES[:1], LABELS[:1])
        artifact = rows.finish()
    first, second = batches_of(data_folder, artifact.path)
    assert [(field.name, str(field.type)) for field in first.schema] == [("split", "uint8"), ("label", "float")]
    assert first.column(0).to_pylist() == [1, 0, 3]
    np.testing.assert_array_equal(first.column(1).to_numpy(), LABELS)
    assert second.to_pylist() == [{"split": 1, "label": 1.0}]


def test_weights_follow_the_labels(data_folder: DataFolder) -> None:
    with RowsWriter(data_folder, data_folder.rows(0), label=pa.float32(), weighted=True) as rows:
        rows.write(CODES, LABELS, WEIGHTS)
        artifact = rows.finish()
    (batch,) = batches_of(data_folder, artifact.path)
    assert batch.schema.names == ["split", "label", "weight"]
    np.testing.assert_array_equal(batch.column(2).to_numpy(), WEIGHTS)


def test_labels_may_be_float64(data_folder: DataFolder) -> None:
    with RowsWriter(data_folder, data_folder.rows(0), label=pa.float64()) as rows:
        rows.write(CODES, np.array([1e9 + 0.1, np.nan, 1e100]))
        artifact = rows.finish()
    (batch,) = batches_of(data_folder, artifact.path)
    np.testing.assert_array_equal(batch.column(1).to_numpy(), [1e9 + 0.1, np.nan, 1e100])


def test_the_description_is_that_of_the_file(data_folder: DataFolder) -> None:
    with RowsWriter(data_folder, data_folder.rows(0), label=pa.float32()) as rows:
        rows.write(CODES, LABELS)
        artifact = rows.finish()
    data = data_folder.files.read("rows/00000.arrow")
    assert (artifact.path, artifact.bytes) == ("rows/00000.arrow", len(data))
    assert artifact.sha256 == hashlib.sha256(data).hexdigest()
    assert data_folder.files.files(data_folder.staging) == []


def test_nothing_is_visible_before_the_end(data_folder: DataFolder) -> None:
    with RowsWriter(data_folder, data_folder.rows(0), label=pa.float32()) as rows:
        rows.write(CODES, LABELS)
        assert data_folder.files.files("rows") == []
    assert data_folder.files.files("rows") == []  # nor without one


@pytest.mark.parametrize(("weighted", "weights"), [(True, None), (False, WEIGHTS)])
def test_weights_are_given_where_the_file_has_them(data_folder: DataFolder, weights: Any, *, weighted: bool) -> None:
    with (
        RowsWriter(data_folder, data_folder.rows(0), label=pa.float32(), weighted=weighted) as rows,
        pytest.raises(ValueError, match="number of arrays"),
    ):
        rows.write(CODES, LABELS, weights)
