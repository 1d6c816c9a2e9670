"""Raw rows that are kept with a dataset: stored and read back, missing values included."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from contracts.dataset.sample import Sample
from contracts.errors import CorruptData

FEATURES = pa.record_batch(
    {
        "n": pa.array([2**62, None, -1], pa.int64()),
        "x": pa.array([0.1, float("nan"), None], pa.float64()),
        "t": pa.array([b"\xff\0", None, b""], pa.binary()),
    }
)


def sample() -> Sample:
    return Sample(np.array([1, 2, 3], np.uint8), np.array([7, 0, 2**40], np.int64), FEATURES)


def test_rows_survive_the_file() -> None:
    again = Sample.from_buffer(pa.py_buffer(sample().to_bytes()), "sample.arrow")
    assert (again.codes.tolist(), again.positions.tolist()) == ([1, 2, 3], [7, 0, 2**40])
    assert again.features.schema == FEATURES.schema
    for name in ("n", "t"):
        assert again.features.column(name).to_pylist() == FEATURES.column(name).to_pylist()
    assert again.features.column("x").is_null().to_pylist() == [False, False, True], "NaN is no null"
    assert len(again) == 3


def test_labels_survive_the_file_and_older_readers_find_the_same_columns() -> None:
    labels = np.array([0.1, 2**53, -1e100])
    stored = Sample(sample().codes, sample().positions, FEATURES, labels).to_bytes()
    again = Sample.from_buffer(pa.py_buffer(stored), "sample.arrow")
    assert again.labels is not None
    assert again.labels.tolist() == labels.tolist()
    assert pa.ipc.open_file(pa.py_buffer(stored)).schema.names == ["split", "position", "n", "x", "t"]
    assert Sample.from_buffer(pa.py_buffer(sample().to_bytes()), "sample.arrow").labels is None


def test_codes_name_splits() -> None:
    assert [sample().split(row) for row in range(3)] == ["train", "validation", "test"]


def test_a_sample_may_be_empty() -> None:
    empty = Sample(np.array([], np.uint8), np.array([], np.int64), FEATURES.slice(0, 0))
    assert len(Sample.from_buffer(pa.py_buffer(empty.to_bytes()), "sample.arrow")) == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"not arrow", sample().to_bytes()[:-20], sample().to_bytes()[:40]],
    ids=["empty", "text", "end", "start"],
)
def test_other_bytes_are_damage_that_names_the_file(data: bytes) -> None:
    with pytest.raises(CorruptData, match=r"sample\.arrow does not hold rows of a dataset"):
        Sample.from_buffer(pa.py_buffer(data), "sample.arrow")


def test_a_file_without_places_of_rows_is_damage() -> None:
    sink = pa.BufferOutputStream()
    only = pa.record_batch({"split": pa.array([1], pa.uint8())})
    with pa.ipc.new_file(sink, only.schema) as out:
        out.write_batch(only)
    with pytest.raises(CorruptData, match="does not hold rows"):
        Sample.from_buffer(sink.getvalue(), "sample.arrow")
