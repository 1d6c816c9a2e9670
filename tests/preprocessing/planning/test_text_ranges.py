"""Ranges of text begin where records begin, in any dialect and of any size."""

from __future__ import annotations

import csv
import gzip
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from contracts.source import DelimitedText, JsonLines
from preprocessing.planning import text_ranges
from preprocessing.planning.text_ranges import beginning, delimited_ranges, line_ranges
from sources.text.text_streams import TO_THE_END


def written(root: Path | str, data: bytes, name: str = "t.csv") -> SourceFile:
    path = Path(root) / name
    path.write_bytes(data)
    return SourceFile(uri=str(path), bytes=len(data), modified_ns=0)


def source(**more: Any) -> DelimitedText:
    return DelimitedText(format="csv", uris=["t.csv"], **more)


def starts_of(ranges: list[SourceRange], size: int) -> list[int]:
    """The starts, after checking that the ranges follow one another up to the end of the file."""
    assert all(first.end == second.start for first, second in pairwise(ranges))
    assert not ranges or ranges[-1].end == size
    assert all(part.start < part.end for part in ranges)
    return [part.start for part in ranges]


def record_starts(text: str) -> set[int]:
    """Where Python's own parser begins a record, in text with quotes that are doubled."""
    lines = text.splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    reader = csv.reader(lines)
    found = {0}
    for _ in reader:
        found.add(offsets[reader.line_num])
    return found - {len(text)}


cells = st.sampled_from(["a", "12", "", '"q"', '"a,b"', '"two\nlines"', '"""x"""', '"\n\n"', 'in"side', " "])
tables = st.lists(st.lists(cells, min_size=1, max_size=3).map(",".join), min_size=1, max_size=30)


@settings(max_examples=60)
@given(tables, st.integers(1, 40), st.booleans())
def test_quoted_text_is_cut_between_records(rows: list[str], size: int, ends: bool) -> None:
    text = "\n".join(rows) + "\n" * ends
    with tempfile.TemporaryDirectory() as root:
        ranges = delimited_ranges(source(), written(root, text.encode()), 0, 0, size)
    starts = starts_of(ranges, len(text))
    assert set(starts) <= record_starts(text)
    if size < len(text) // 2 and "\n" not in '"'.join(text.split('"')[1::2]):
        assert len(starts) > 1 or len(record_starts(text)) <= 2  # the second may begin where a range would


@settings(max_examples=40)
@given(tables, st.integers(1, 40))
def test_a_scan_in_order_finds_every_record_too(rows: list[str], size: int) -> None:
    text = "\n".join(rows) + "\n"
    with tempfile.TemporaryDirectory() as root:
        file = written(root, text.encode())
        some = starts_of(delimited_ranges(source(comment="~"), file, 0, 0, size), len(text))
        each = starts_of(delimited_ranges(source(comment="~"), file, 0, 0, 1), len(text))
    assert set(some) <= record_starts(text)
    # Line breaks are looked for from the second byte on: a first record of one byte shares its range with the next.
    assert set(each) | {1} == record_starts(text) | {1}


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_lines_are_whole_and_about_as_large_as_asked_for(tmp_path: Path, kind: str) -> None:
    text = b"".join(b'{"n": %d}\n' % number for number in range(1000))
    file = written(tmp_path, text)
    if kind == "csv":
        ranges = delimited_ranges(source(quote=None), file, 3, 0, 500)
    else:
        ranges = line_ranges(JsonLines(format="jsonl", uris=["t.csv"]), file, 3, 0, 500)
    starts = starts_of(ranges, len(text))
    assert all(start == 0 or text[start - 1 : start] == b"\n" for start in starts)
    assert {part.file for part in ranges} == {3}
    assert all(489 < part.end - part.start < 511 for part in ranges[:-1])


def test_a_header_is_before_the_first_range(tmp_path: Path) -> None:
    file = written(tmp_path, b"a,b\n1,2\n3,4\n")
    assert [(part.start, part.end) for part in delimited_ranges(source(), file, 0, 4, 3)] == [(4, 8), (8, 12)]
    for nothing in (12, 13):
        assert delimited_ranges(source(), file, 0, nothing, 4) == []
        assert line_ranges(JsonLines(format="jsonl", uris=["t.csv"]), file, 0, nothing, 4) == []


def test_a_record_longer_than_a_range_is_one_range(tmp_path: Path) -> None:
    long = b'"' + b"x\n" * 200_000 + b'"'
    data = b"a,b\n" + long + b",1\nc,d\n"
    ranges = delimited_ranges(source(), written(tmp_path, data), 0, 0, 1000)
    assert starts_of(ranges, len(data)) == [0, len(data) - 4]


@pytest.mark.parametrize("name", ["t.csv.gz", "t.csv"])
def test_what_is_read_as_a_stream_is_one_range(tmp_path: Path, name: str) -> None:
    data = gzip.compress(b"1,2\n" * 99)
    more: dict[str, Any] = {} if name.endswith(".gz") else {"compression": "gzip"}
    file = written(tmp_path, data, name)
    assert delimited_ranges(source(**more), file, 0, 4, 10) == [SourceRange(file=0, start=4, end=TO_THE_END)]
    lines = JsonLines(format="jsonl", uris=[name], **more)
    assert line_ranges(lines, file, 0, 0, 10) == [SourceRange(file=0, start=0, end=TO_THE_END)]


@pytest.mark.parametrize("more", [{}, {"escape": "\\"}, {"comment": "#"}, {"double_quote": False}])
def test_a_quote_that_never_ends_is_an_error(tmp_path: Path, more: dict[str, Any]) -> None:
    file = written(tmp_path, b'1,2\n3,"4\n' + b"5,6\n" * 50)
    with pytest.raises(UnreadableFile, match="a quoted field never ends") as raised:
        delimited_ranges(source(**more), file, 0, 0, 20)
    assert raised.value.pointer == "/source/quote"


def test_line_breaks_behind_an_escape_and_in_a_comment(tmp_path: Path) -> None:
    data = b'a\\\nb,1\n# "never closed\nc,2\nd,"3\\"\n4"\ne,5\n'
    ranges = delimited_ranges(source(escape="\\", comment="#", double_quote=False), written(tmp_path, data), 0, 0, 1)
    found = [data[part.start : part.end] for part in ranges]
    assert b"a\\\nb,1\n" in b"|".join(found)
    assert b"".join(found) == data
    assert [part for part in found if part.startswith(b"4")] == []


@pytest.mark.parametrize("more", [{}, {"comment": "#"}, {"quote": None}, {"escape": "\\"}])
def test_the_beginning_of_a_range_is_a_few_whole_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    monkeypatch.setattr(text_ranges, "_SAMPLE_BYTES", 100)
    data = b"".join(b"%d,abc\n" % number for number in range(1000))
    file = written(tmp_path, data)
    part = SourceRange(file=0, start=7 * 6, end=len(data))
    found = beginning(source(**more), file, part)
    assert found.start == part.start
    assert 100 <= found.end - found.start < 110
    assert data[found.end - 1 : found.end] == b"\n"
    short = SourceRange(file=0, start=0, end=99)
    assert beginning(source(**more), file, short) is short


def test_the_beginning_of_one_long_record_is_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_ranges, "_SAMPLE_BYTES", 100)
    data = b'"' + b"\n" * 5000 + b'"\n1\n'
    file = written(tmp_path, data)
    part = SourceRange(file=0, start=0, end=len(data))
    assert beginning(source(), file, part).end == len(data) - 2
    stream = SourceRange(file=0, start=0, end=TO_THE_END)
    assert beginning(source(), file, stream) is stream
