"""The lines of files of any format of lines: where they begin, the first of them, and ranges of whole ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.sources.reading import written

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from contracts.source import JsonLines
from sources.read_request import ReadRequest
from sources.text import lines
from sources.text.lines import line_chunks, sample_lines, text_start
from sources.text.text_streams import TO_THE_END

SOURCE = JsonLines(format="jsonl", uris=["-"])
BOM = b"\xef\xbb\xbf"


def chunks(file: SourceFile, start: int, end: int) -> list[bytes]:
    return list(line_chunks(SOURCE, ReadRequest(file, SourceRange(file=0, start=start, end=end), {})))


@pytest.mark.parametrize(
    ("data", "start", "sampled"),
    [
        (b"", 0, [b""]),
        (b"one\ntwo", 0, [b"one", b"two"]),
        (BOM + b"one\r\n\ntwo\n", 3, [b"one\r", b"", b"two", b""]),
        (BOM[:2], 0, [BOM[:2]]),
    ],
)
def test_lines_begin_after_a_byte_order_mark(tmp_path: Path, data: bytes, start: int, sampled: list[bytes]) -> None:
    for file in (written(tmp_path / "t", data), written(tmp_path / "t.gz", gzip.compress(data))):
        assert text_start(SOURCE, file) == start
        assert sample_lines(SOURCE, file) == sampled


def test_a_sample_holds_whole_lines_and_at_least_one(tmp_path: Path) -> None:
    long = b"x" * (1 << 20)
    assert sample_lines(SOURCE, written(tmp_path / "t", b"short\n" + long + b"\n")) == [b"short"]
    assert sample_lines(SOURCE, written(tmp_path / "t", long + b"more\nshort\n")) == [long + b"more", b"short"]


def test_a_range_is_read_in_chunks_of_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_CHUNK", 4)
    data = b"one\na long line\n\nend"
    file, packed = written(tmp_path / "t", data), written(tmp_path / "t.gz", gzip.compress(data))
    expected = [b"one\n", b"a long line\n", b"\n", b"end"]
    assert chunks(file, 0, len(data)) == chunks(file, 0, TO_THE_END) == chunks(packed, 0, TO_THE_END)
    assert b"".join(chunks(file, 0, len(data))) == data
    assert [line for chunk in chunks(file, 0, len(data)) for line in chunk.splitlines(keepends=True)] == expected
    assert all(chunk.endswith(b"\n") for chunk in chunks(file, 0, len(data))[:-1])
    assert b"".join(chunks(file, 4, 16)) == b"a long line\n"
    assert b"".join(chunks(packed, 16, TO_THE_END)) == b"\nend"
    assert chunks(file, 4, 4) == []


def test_a_damaged_compressed_file_is_unreadable(tmp_path: Path) -> None:
    file = written(tmp_path / "t.gz", gzip.compress(b"one\ntwo\n")[:-9])
    with pytest.raises(UnreadableFile, match="not readable as gzip"):
        chunks(file, 0, TO_THE_END)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b'{"a": 1}\n'), "t is not jsonl but compressed with gzip: set source.compression to gzip"),
        (b"PK\x03\x04\x14\x00", "t is not jsonl but a ZIP archive"),
        ('{"a": 1}\n'.encode("utf-16"), "t begins as UTF-16 does; write jsonl as UTF-8"),
    ],
)
def test_a_file_of_another_format_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    for ask in (text_start, sample_lines):
        with pytest.raises(UnreadableFile, match=message):
            ask(SOURCE, written(tmp_path / "t", data))
