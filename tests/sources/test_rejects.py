"""Rows that cannot be read: errors that name file and line, or rows that are passed over and found again byte for byte."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.sources.reading import Row, planned, rows

from contracts.errors import InvalidData, TooManyBadRecords, UnparsableValue, UnreadableFile
from contracts.schema import ValueType
from sources.text.delimited import BLOCK_BYTES

KINDS: dict[str, ValueType] = {"n": "int64", "x": "float64", "t": "bytes"}
Found = list[tuple[str, int, str, bytes]]


def table_with_bad_rows(count: int, bad_at: set[int], ending: bytes = b"\n") -> tuple[bytes, list[Row], Found]:
    """CSV text with quoted line breaks, the rows that can be read, and what is to be said of the others."""
    rng = np.random.default_rng(count)
    text, line, good, bad = b"n,x,t" + ending, 2, list[Row](), Found()
    wrongs = [
        (b"%d,1.5", "expected 3 fields, found 2: '%d,1.5'"),
        (b'%d,"x\n9",t', r"column 'x': 'x\n9' is not a number (float64)"),
        (b"x%d,2,\xff\xfe", "column 'n': 'x%d' is not a whole number (int64)"),
        (b'%d,3,t,"more"', "expected 3 fields, found 4: '%d,3,t,\"more\"'"),
    ]
    for i in range(count):
        if i in bad_at:
            raw, reason = wrongs[rng.integers(len(wrongs))]
            row = raw % i + ending
            bad.append(("t.csv", line, reason % i if "%d" in reason else reason, row))
        else:
            row = b'%d,%d.5,"a\n%d"' % (i, i, i) + ending
            good.append((i, i + 0.5, b"a\n%d" % i))
        text += row
        line += row.replace(b"\r\n", b"\n").count(b"\n")
    return text, good, bad


@pytest.mark.parametrize("partitions", [1, 3, 16])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("compressed", [False, True])
def test_rejected_rows_are_found_again_byte_for_byte(
    tmp_path: Path, partitions: int, ending: bytes, compressed: bool
) -> None:
    text, good, bad = table_with_bad_rows(400, {0, 1, 7, 200, 201, 399}, ending)
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(text) if compressed else text)
    plan = planned(path, partitions, compression="gzip" if compressed else "none")
    found: Found = []
    assert rows(plan, KINDS, allowed=6, rejected=found) == good
    assert found == bad
    for file, line, _, raw in found:
        assert file == "t.csv"
        assert raw in text
        before = text[: text.index(raw)].replace(b"\r\n", b"\n")
        assert before.count(b"\n") == line - 1


def test_arrow_goes_on_behind_a_bad_row_in_any_block(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    row = b"%07d,1.5,some text to fill the block\n"
    count = 4 * BLOCK_BYTES // len(row % 0)
    bad = {100, count // 2, count - 1}
    lines = [b"x" + row % i if i in bad else row % i for i in range(count)]
    path.write_bytes(b"n,x,t\n" + b"".join(lines))
    found: Found = []
    good = rows(planned(path, 1), KINDS, allowed=3, rejected=found)
    assert [value[0] for value in good] == [i for i in range(count) if i not in bad]
    assert [(line, raw) for _, line, _, raw in found] == [(i + 2, lines[i]) for i in sorted(bad)]


def test_more_bad_rows_than_allowed_name_the_first(tmp_path: Path) -> None:
    text, _, bad = table_with_bad_rows(100, {20, 40, 60})
    path = tmp_path / "t.csv"
    path.write_bytes(text)
    with pytest.raises(TooManyBadRecords, match=rf"more than 2 rows.*t\.csv, line {bad[0][1]}: ") as caught:
        rows(planned(path, 1), KINDS, allowed=2)
    assert caught.value.pointer == "/max_bad_records"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "shift_jis"])
def test_rejected_rows_have_the_bytes_of_the_files_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    word = "ソ表" if encoding == "shift_jis" else "größer"
    lines = ["n,t\r\n", f"1,{word}\r\n", f'x,"{word}\r\n"\r\n', f"2,{word}\r\n", f"3,{word},4\r\n"]
    path.write_bytes("".join(lines).encode(encoding))
    found: Found = []
    good = rows(planned(path, 2, encoding=encoding), {"n": "int64", "t": "bytes"}, allowed=2, rejected=found)
    assert good == [(1, word.encode()), (2, word.encode())]
    plain = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)
    assert [(line, raw) for _, line, _, raw in found] == [(3, lines[2].encode(plain)), (6, lines[4].encode(plain))]


def test_a_byte_that_is_not_of_the_encoding_makes_its_row_a_bad_one(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"n,t\n1,\x80\n2,a\x81b\n3,c\n")
    found: Found = []
    plan = planned(path, 2, encoding="cp1252")
    assert rows(plan, allowed=1, rejected=found) == [(b"1", "€".encode()), (b"3", b"c")]
    assert found == [("t.csv", 3, "byte 81 is not cp1252", b"2,a\x81b\n")]
    with pytest.raises(UnreadableFile, match=r"t\.csv, line 3: byte 81 is not cp1252"):
        rows(plan)


def test_rows_that_are_padded_are_not_bad_but_longer_ones_are(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("n,x,t\n1\n2,3,4,5\n6,7\n")
    found: Found = []
    plan = planned(path, 2, ragged="null_padding")
    assert rows(plan, KINDS, allowed=1, rejected=found) == [(1, None, None), (6, 7.0, None)]
    assert found == [("t.csv", 3, "expected 3 fields, found 4: '2,3,4,5'", b"2,3,4,5\n")]


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_bad_values_in_typed_files_are_rows_too(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"t.{kind}"
    content = pa.table({"n": [1.0, 2.5, None, 4.0, 1e30, 6.0], "t": ["a", "b", "c", "d", "e", "f"]})
    if kind == "parquet":
        pq.write_table(content, path, row_group_size=2)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, content.schema) as writer:
            writer.write_table(content, max_chunksize=2)
    kinds: dict[str, ValueType] = {"n": "int64", "t": "bytes"}
    for partitions in (1, 3):
        plan = planned(path, partitions, format=kind)
        assert len(plan.ranges) == partitions
        found: Found = []
        good = rows(plan, kinds, allowed=2, rejected=found)
        assert good == [(1, b"a"), (None, b"c"), (4, b"d"), (6, b"f")]
        assert [(line, raw) for _, line, _, raw in found] == [
            (2, b'{"n": 2.5, "t": "b"}'),
            (5, b'{"n": 1e+30, "t": "e"}'),
        ]
        with pytest.raises(UnparsableValue, match=rf"t\.{kind}, row 2, column 'n': '2\.5' is not a whole number"):
            rows(plan, kinds)


@pytest.mark.parametrize(
    ("content", "fields", "message"),
    [
        ("n,n,t\n1,2,3\n", {}, r"t\.csv: column names must be distinct. Received twice: 'n'"),
        ("n,t\n1,2\n3,4,5\n", {}, r"t\.csv, line 3: expected 2 fields, found 3: '3,4,5'"),
        ('n,t\n1,"2\n3', {}, r"t\.csv: a quoted field never ends"),
        ("n,t\n1,2\n#\n3\n", {"comment": "#"}, r"t\.csv, line 4: expected 2 fields, found 1"),
        ("a\nb\n", {"skip_lines": 5}, r"t\.csv: .* no more than the 5 lines to skip"),
        ("n,t\n1,2\n".encode("utf-16"), {}, r"t\.csv begins as UTF-16 does; set source\.encoding"),
        (b"n,t\n1,2\nn,\xff\n", {"encoding": "utf-16"}, r"t\.csv is not utf-16: it begins with no byte order mark"),
        ("n,t\n1,2\n3,€\n".encode("utf-16-le") + b"\x00\xd8x\x00", {"encoding": "utf-16-le"}, r"t\.csv, line 4: bytes"),
        ("n,t\n1,é\n", {"encoding": "ascii"}, r"t\.csv, line 2: byte c3 is not ascii"),
        ("# n,t\n", {"comment": "#"}, r"t\.csv: the first line, which should name the columns, is empty"),
        (b"\x1f\x8bnot gzip", {"compression": "gzip"}, r"t\.csv is not readable as gzip"),
        (b"BZh9not bzip2", {"compression": "bzip2"}, r"t\.csv is not readable as bz2"),
        (b"\x28\xb5\x2f\xfdnot zstd", {"compression": "zstd"}, r"t\.csv is not readable as zstd"),
        ("a,b\n", {"format": "jsonl"}, r"t\.csv: no JSON object with a key"),
        ("a,b\n1,2\n", {"format": "arrow"}, r"t\.csv is not an Arrow file or stream"),
        ("a,b\n1,2\n", {"format": "parquet"}, r"t\.csv is not a Parquet file"),
    ],
)
def test_bad_input_is_named(tmp_path: Path, content: str | bytes, fields: dict[str, Any], message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidData, match=message):
        rows(planned(path, 1, **fields))
