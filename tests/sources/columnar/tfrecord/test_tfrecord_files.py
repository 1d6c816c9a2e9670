"""What TensorFlow writes is read as it was, in any number of ranges; each damage and each bad record is named by its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.columnar.tfrecord.written import ROWS, example, feature, read, write

from contracts.errors import InvalidData, TandemError, UnreadableFile
from sources.rejects import Rejects

FLOATS = st.floats(width=32, allow_nan=False)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "n": st.integers(-(1 << 63), (1 << 63) - 1),
        "x": FLOATS,
        "k": st.binary(min_size=1, max_size=300),
        "a name of more than sixteen bytes, the first": st.integers(-3, 300),
        "a name of more than sixteen bytes, the other": st.integers(-3, 300),
        "ä" * 80: st.binary(min_size=1, max_size=3),
        "": FLOATS,
    },
)


@pytest.fixture(params=["", "GZIP"])
def compression(request: pytest.FixtureRequest) -> str:
    return request.param


@given(rows=st.lists(ROW, min_size=1, max_size=30))
def test_any_values(rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = write(tmp_path_factory.mktemp("any") / "t.tfrecord", map(example, rows))
    names = sorted({name for row in rows for name in row})
    if not names:
        with pytest.raises(UnreadableFile, match="none of the first records has a feature"):
            read(file)
        return
    assert read(file) == {name: [row.get(name) for row in rows] for name in names}


def test_rows_are_equal_from_plain_and_gzip_files(tmp_path: Path, compression: str) -> None:
    file = write(tmp_path / ("t.tfrecord.gz" if compression else "t.tfrecord"), map(example, ROWS), compression)
    expected = {name: [row[name] or None if name == "k" else row[name] for row in ROWS] for name in ("k", "n", "x")}
    assert read(file) == expected


def test_an_absent_feature_and_one_without_values_are_missing(tmp_path: Path) -> None:
    empty = tf.train.Example(features=tf.train.Features(feature={"a": tf.train.Feature(), "b": feature([])}))
    file = write(tmp_path / "t.tfrecord", [example({"a": b"1", "b": 2}), empty.SerializeToString(), b""])
    assert read(file) == {"a": [b"1", None, None], "b": [2, None, None]}


def test_bad_records_are_named_or_skipped(tmp_path: Path) -> None:
    rows = [example({"n": 1, "k": b"a"}), example({"n": [1, 2]}), b"\xff", example({"n": b"7"}), example({"n": 5})]
    file = write(tmp_path / "t.tfrecord", rows)
    columns = {"n": "int64", "k": "bytes"}
    with pytest.raises(InvalidData, match=r"t\.tfrecord, record 2, column 'n' has 2 values.*max_bad_records") as error:
        read(file, columns=columns)
    assert error.value.pointer == "/features/n"
    rejects = Rejects(3)
    assert read(file, rejects, columns=columns) == {"n": [1, 5], "k": [b"a", None]}
    assert [(row.line, row.text) for row in rejects.rows] == [(2, rows[1]), (3, rows[2]), (4, rows[3])]
    assert "no tf.train.Example: a varint does not end" in rejects.rows[1].reason
    assert "a value of bytes_list, and the column is int64" in rejects.rows[2].reason
    with pytest.raises(TandemError, match="more than 2 rows cannot be read"):
        read(file, Rejects(2), columns=columns)
