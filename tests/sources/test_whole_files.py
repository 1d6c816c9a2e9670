"""Plans in which each file is one range: columns that agree, and where each file's rows begin."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.sources.reading import SOURCE

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData, InvalidRequest, UnreadableFile
from contracts.source import AvroFiles, JsonLines
from sources import whole_files
from sources.read_range import read_range
from sources.whole_files import WholeFiles, plan_whole_files, text_columns


def file(path: Path, data: bytes | str, partition: dict[str, str | None] | None = None) -> SourceFile:
    raw = data if isinstance(data, bytes) else data.encode()
    path.write_bytes(raw)
    return SourceFile(uri=str(path), bytes=len(raw), modified_ns=0, partition=partition or {})


def plan(*files: SourceFile, **fields: Any) -> WholeFiles:
    return plan_whole_files(SOURCE.validate_python({"format": "csv", "uris": ["-"], **fields}), files)


def rows(whole: WholeFiles) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for part in whole.ranges:
        for batch in read_range(whole.source, whole.files, part, dict.fromkeys(whole.columns, "bytes")):
            found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_every_file_is_read_from_its_first_record(tmp_path: Path, encoding: str, ending: str) -> None:
    files: list[SourceFile] = []
    for name, text in (("1", "a,b\n1,ä\n"), ("2", "a,b\n2,ö\n3,\n")):
        raw = text.encode(encoding)
        files.append(file(tmp_path / f"{name}.csv{ending}", gzip.compress(raw) if ending else raw))
    whole = plan(*files, encoding=encoding)
    assert whole.columns == ["a", "b"]
    assert [(part.file, part.start) for part in whole.ranges] == [(0, 4), (1, 4)]
    assert {part.end == -1 for part in whole.ranges} == {encoding != "latin-1" or ending == ".gz"}
    assert rows(whole) == [(b"1", "ä".encode()), (b"2", "ö".encode()), (b"3", None)]


def test_a_large_file_in_one_piece_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "MOST_BYTES_AT_ONCE", 4)
    small, large = file(tmp_path / "s.csv", "a\n1\n"), file(tmp_path / "l.csv", "a\n1\n2\n3\n")
    assert len(plan(small, encoding="latin-1").ranges) == 1
    assert len(plan(small, large).ranges) == 2, "UTF-8 is read as a stream"
    with pytest.raises(UnreadableFile, match=r"l\.csv is too large to be read as latin-1.*Received: 8 bytes") as caught:
        plan(small, large, encoding="latin-1")
    assert caught.value.pointer == "/source/encoding"


def test_keys_of_json_lines_are_those_of_all_files(tmp_path: Path) -> None:
    one, two = file(tmp_path / "1.jsonl", '\ufeff{"b": 1}\n'), file(tmp_path / "2.jsonl", '{"a": 2, "b": 3}\n')
    whole = plan(one, two, format="jsonl")
    assert (whole.columns, [part.start for part in whole.ranges]) == (["b", "a"], [3, 0])
    assert rows(whole) == [(b"1", None), (b"3", b"2")]
    assert text_columns(JsonLines(format="jsonl", uris=["-"], columns=["x"]), [two]) == (["x"], [0])
    with pytest.raises(UnreadableFile, match=r"3\.jsonl: no JSON object with a key is in its first MiB"):
        plan(file(tmp_path / "3.jsonl", "{}\n[1]\n"), format="jsonl")


def test_columnar_files_are_read_piece_by_piece(tmp_path: Path) -> None:
    table = pa.table({"a": ["x", "y", "z"]})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=2)
    whole = plan(SourceFile(uri=str(tmp_path / "t.parquet"), bytes=1, modified_ns=0), format="parquet")
    assert [(part.start, part.end) for part in whole.ranges] == [(0, 2), (2, 3)]
    assert rows(whole) == [(b"x",), (b"y",), (b"z",)]


def test_files_with_other_columns_are_named(tmp_path: Path) -> None:
    one, two = file(tmp_path / "1.csv", "a,b\n"), file(tmp_path / "2.csv", "b,a\n")
    with pytest.raises(
        InvalidData, match=r"2\.csv: its columns are not those of .*1\.csv\. Received: 'b', 'a'"
    ) as caught:
        plan(one, two)
    assert caught.value.pointer == "/source/uris"


def test_folders_add_their_columns_at_the_end(tmp_path: Path) -> None:
    whole = plan(
        file(tmp_path / "1.csv", "a\n1\n", {"year": "2025", "x": None}),
        file(tmp_path / "2.csv", "a\n2\n", {"year": "2026", "x": "y"}),
    )
    assert whole.columns == ["a", "year", "x"]
    assert rows(whole) == [(b"1", b"2025", None), (b"2", b"2026", b"y")]


def test_a_column_cannot_be_in_the_files_and_in_their_folders(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidData, match=r"1\.csv: its folders' names and the file itself have the columns \['a'\]"
    ) as caught:
        plan(file(tmp_path / "1.csv", "a,b\n1,2\n", {"a": "7"}))
    assert caught.value.pointer == "/source/hive_partitioning"


def test_a_column_that_a_file_has_twice_cannot_be_read(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"]), pa.array(["3"])], names=["a", "a", "b"])
    pq.write_table(table, tmp_path / "t.parquet")
    whole = plan(SourceFile(uri=str(tmp_path / "t.parquet"), bytes=1, modified_ns=0), format="parquet")
    with pytest.raises(InvalidData, match=r"t\.parquet: column names must be distinct\. Received twice: 'a'"):
        rows(whole)


def test_what_only_spark_reads_has_no_plan() -> None:
    with pytest.raises(InvalidRequest, match="only a dataset job reads the format avro"):
        plan_whole_files(AvroFiles(format="avro", uris=["a"]), [])
