"""Raw rows that are kept with a version, as they come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from contracts.errors import CorruptData
from contracts.schema import Categorical, Hashed, Label, Numeric, Schema
from modeling.repository.warm_up_rows import KEPT_ROWS, example_values, read_kept_rows, write_kept_rows

SCHEMA = Schema(
    features={
        "k": Categorical(),
        "n": Numeric(dtype="int64"),
        "h": Hashed(buckets=3),
        "x": Numeric(dtype="float64"),
    },
    label=Label(column="y"),
)
COLUMNS = {
    "k": pa.array([None, b"\xff"], pa.binary()),
    "n": pa.array([None, 7], pa.int64()),
    "h": pa.array([b"a", None], pa.binary()),
    "x": pa.array([0.5, None], pa.float64()),
}


def test_rows_come_back_by_type_of_column(tmp_path: Path) -> None:
    write_kept_rows(tmp_path, pa.record_batch(COLUMNS))
    found = read_kept_rows(tmp_path, SCHEMA)
    np.testing.assert_array_equal(found.numeric, np.array([[np.nan, 0.5], [7, np.nan]], np.float32))
    assert found.tokens.tolist() == [[b"", b"a"], [b"\xff", b""]]


def test_rows_survive_the_removal_of_their_file(tmp_path: Path) -> None:
    write_kept_rows(tmp_path, pa.record_batch(COLUMNS))
    found = read_kept_rows(tmp_path, SCHEMA)
    (tmp_path / KEPT_ROWS).write_bytes(b"")
    assert found.tokens.tolist() == [[b"", b"a"], [b"\xff", b""]]


@pytest.mark.parametrize("data", [None, b"", b"ARROW1 and more", bytes(100)])
def test_a_file_that_is_absent_or_damaged_is_named(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / KEPT_ROWS).write_bytes(data)
    with pytest.raises(CorruptData, match=r"kept_rows\.arrow does not hold rows"):
        read_kept_rows(tmp_path, SCHEMA)


def test_rows_of_other_features_are_refused(tmp_path: Path) -> None:
    write_kept_rows(tmp_path, pa.record_batch({name: column for name, column in COLUMNS.items() if name != "h"}))
    with pytest.raises(CorruptData, match="h"):
        read_kept_rows(tmp_path, SCHEMA)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    batch = pa.record_batch(COLUMNS)
    with pa.OSFile(str(tmp_path / KEPT_ROWS), "wb") as sink, pa.ipc.new_file(sink, batch.schema):
        pass
    with pytest.raises(CorruptData):
        read_kept_rows(tmp_path, SCHEMA)


def test_rows_of_other_types_are_refused(tmp_path: Path) -> None:
    write_kept_rows(tmp_path, pa.record_batch({**COLUMNS, "n": pa.array([b"far", None], pa.binary())}))
    with pytest.raises(CorruptData):
        read_kept_rows(tmp_path, SCHEMA)


def test_the_first_values_of_the_training_data_are_examples(tmp_path: Path) -> None:
    columns = {
        "k": pa.array([None, b"made", None, "\u00fc\xff".encode("latin-1"), b"b"], pa.binary()),
        "n": pa.array([None, 7, None, None, 2**60], pa.int64()),
        "x": pa.array([0.5, 0.5, float("inf"), float("nan"), 1.5]),
        "none": pa.array([b"made", b"made", None, None, None], pa.binary()),
    }
    write_kept_rows(tmp_path, pa.record_batch(columns))
    found = example_values(tmp_path, ["k", "n", "x", "none", "absent"])
    assert found == {"k": "\ufffd\ufffd", "n": 2**60, "x": 1.5}
    (tmp_path / KEPT_ROWS).unlink()
    with pytest.raises(CorruptData, match=r"kept_rows\.arrow"):
        example_values(tmp_path, ["k"])
