"""Arrow IPC: files and streams, in any number of parts, and damaged ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.sources.reading import planned, rows

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidData, UnparsableValue, UnreadableFile
from contracts.schema import ValueType
from sources.columnar import arrow_files
from sources.read_request import ReadRequest


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("compression", [None, "zstd"])
def test_arrow_files_and_streams_are_read(tmp_path: Path, stream: bool, compression: str | None) -> None:
    path = tmp_path / "t.arrow"
    content = pa.table(
        {
            "i": pa.array([1, None, 3, 4, 5], pa.int16()),
            "d": pa.array(["x", "y", None, "x", ""]).dictionary_encode(),
            "l": pa.array([[1], None, [], [2], [3]]),
        }
    )
    options = pa.ipc.IpcWriteOptions(compression=compression)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as sink, make(sink, content.schema, options=options) as writer:
        writer.write_table(content, max_chunksize=2)
    plan = planned(path, 3, format="arrow")
    assert len(plan.ranges) == (1 if stream else 3)
    assert rows(plan, {"d": "bytes", "i": "int64"}) == [(b"x", 1), (b"y", None), (None, 3), (b"x", 4), (None, 5)]
    with pytest.raises(
        InvalidData, match=r"t\.arrow: column 'l' is list.* a list; read it with many, or shape, or exclude it"
    ):
        rows(plan, {"l": "bytes"})


@pytest.mark.parametrize("damage", [slice(100, 160), slice(-200, None)])
def test_damaged_arrow_files_are_named(tmp_path: Path, damage: slice) -> None:
    path = tmp_path / "t.arrow"
    content = pa.table({"s": [f"text {i}" for i in range(3000)]})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, content.schema) as writer:
        writer.write_table(content)
    data = bytearray(path.read_bytes())
    data[damage] = b"\xff" * len(data[damage])
    path.write_bytes(data)
    with pytest.raises(InvalidData, match=r"t\.arrow"):
        rows(planned(path, format="arrow"))


def written(path: Path, *, stream: bool = False, sizes: tuple[int, ...] = (2, 0, 3)) -> SourceFile:
    """Record batches of these sizes; `n` counts the rows from 0, and the last is a half more."""
    count = sum(sizes)
    rows = pa.record_batch({"n": [*map(float, range(count - 1)), count - 0.5], "t": [f"t{i}" for i in range(count)]})
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as sink, make(sink, rows.schema) as writer:
        begin = 0
        for size in sizes:
            writer.write_batch(rows.slice(begin, size))
            begin += size
    return SourceFile(uri=str(path), bytes=1, modified_ns=0)


def read(file: SourceFile, start: int, end: int, kinds: dict[str, ValueType]) -> list[dict[str, Any]]:
    request = ReadRequest(file, SourceRange(file=0, start=start, end=end), kinds)
    return [row for batch in arrow_files.read(request) for row in batch.to_pylist()]


def test_units_are_record_batches_and_a_stream_has_none(tmp_path: Path) -> None:
    file, stream = written(tmp_path / "f.arrow"), written(tmp_path / "s.arrows", stream=True)
    units = arrow_files.units(file)
    assert (units.columns, units.count, units.rows) == (["n", "t"], 3, None)
    assert (units.pieces, units.passes) == ([(0, 1), (1, 2), (2, 3)], [(0, 3)])
    assert (arrow_files.units(stream).count, arrow_files.units(stream).pieces) == (-1, [(0, -1)])
    assert arrow_files.schema(stream) == arrow_files.schema(file)


def test_batches_alone_are_their_rows_and_a_stream_is_all_of_them(tmp_path: Path) -> None:
    file, stream = written(tmp_path / "f.arrow"), written(tmp_path / "s.arrows", stream=True)
    kinds: dict[str, ValueType] = {"t": "bytes"}
    assert [len(read(file, number, number + 1, kinds)) for number in range(3)] == [2, 0, 3]
    assert read(file, 0, 3, kinds) == read(stream, 0, -1, kinds) == [{"t": b"t%d" % i} for i in range(5)]
    assert [arrow_files.rows_before(file, number) for number in range(4)] == [0, 2, 2, 5]
    assert arrow_files.rows_before(stream, 0) == 0


def test_a_large_batch_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_files, "BATCH_ROWS", 2)
    request = ReadRequest(
        written(tmp_path / "f.arrow", sizes=(5,)), SourceRange(file=0, start=0, end=1), {"n": "float64"}
    )
    assert [batch.num_rows for batch in arrow_files.read(request)] == [2, 2, 1]


@pytest.mark.parametrize("stream", [False, True])
def test_a_bad_value_is_named_by_its_row_in_the_file(tmp_path: Path, stream: bool) -> None:
    file = written(tmp_path / "t.arrow", stream=stream)
    with pytest.raises(UnparsableValue, match=r"t\.arrow, row 5, column 'n': '4\.5' is not a whole number"):
        read(file, *((0, -1) if stream else (2, 3)), {"n": "int64"})


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"ARROW1", b"ARROW1\0\0"])
def test_a_file_of_another_format_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "t.arrow").write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"t\.arrow is not an Arrow file or stream") as caught:
        arrow_files.units(SourceFile(uri=str(tmp_path / "t.arrow"), bytes=len(data), modified_ns=0))
    assert caught.value.pointer == "/source"
