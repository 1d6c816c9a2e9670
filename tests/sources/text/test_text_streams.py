"""Text files as streams: compressed or not, from any offset, and the lines at which errors are."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.sources.reading import written

from contracts.dataset.manifest import SourceRange
from contracts.errors import UnreadableFile
from contracts.source import DelimitedText, JsonLines
from sources.text import text_streams
from sources.text.text_streams import (
    as_in_file,
    codec_of,
    encoding_of,
    first_line,
    is_stream,
    line_breaks,
    open_text,
    read_part,
    reading,
)


def csv(**fields: Any) -> DelimitedText:
    return DelimitedText.model_validate({"format": "csv", "uris": ["-"], **fields})


@pytest.mark.parametrize(
    ("compression", "uri", "codec"),
    [
        ("auto", "a.csv.gz", "gzip"),
        ("auto", "a.csv.BZ2", "bz2"),
        ("auto", "a.zstd", "zstd"),
        ("auto", "a.csv", None),
        ("none", "a.csv.gz", None),
        ("gzip", "a.csv", "gzip"),
    ],
)
def test_the_codec_is_the_sources_or_follows_from_the_name(compression: str, uri: str, codec: str | None) -> None:
    assert codec_of(csv(compression=compression), uri) == codec
    assert is_stream(csv(compression=compression), uri) == (codec is not None)


def test_a_file_in_an_encoding_that_cannot_be_split_is_a_stream() -> None:
    assert is_stream(csv(encoding="utf-16"), "a.csv")
    assert not is_stream(csv(encoding="latin-1"), "a.csv")
    lines = JsonLines(format="jsonl", uris=["-"])
    assert encoding_of(lines) == "utf-8"
    assert not is_stream(lines, "a.jsonl")


TEXT = "a,ä\n1,☃\n2,\U0001f600\n"
COMPRESS: dict[str, Any] = {
    "none": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zstd": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
}


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
@pytest.mark.parametrize("start", [0, 5, 1000])
def test_a_stream_is_utf8_from_any_offset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str, encoding: str, start: int
) -> None:
    monkeypatch.setattr(text_streams, "_CHUNK", 3)
    file = written(tmp_path / "t", COMPRESS[compression](TEXT.encode(encoding)))
    with open_text(csv(compression=compression, encoding=encoding), file, start) as stream:
        assert stream.read() == TEXT.encode()[start:]


def test_text_that_can_be_split_is_raw_bytes(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", b"a\n\xe4\xff\n")
    with open_text(csv(encoding="latin-1"), file, 2) as stream:
        assert stream.read() == b"\xe4\xff\n"
    assert read_part(file, SourceRange(file=0, start=1, end=3)) == b"\n\xe4"
    assert read_part(file, SourceRange(file=0, start=2, end=99)) == b"\xe4\xff\n"


@pytest.mark.parametrize("chunk", [1, 2, 5, 7, 8, 1000])
@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-16", b"\xfe\xff"), ("utf-16", b"\xff\xfe"), ("utf-16-be", b""), ("utf-16-le", b"")]
)
def test_bytes_that_are_not_of_the_encoding_have_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, mark: bytes, chunk: int
) -> None:
    monkeypatch.setattr(text_streams, "_CHUNK", chunk)
    is_big = mark == b"\xfe\xff" or encoding == "utf-16-be"
    wrong = b"\xd8\x00" if is_big else b"\x00\xd8"
    plain = "utf-16-be" if is_big else "utf-16-le"
    data = mark + "a\r\nb\rc\n☃".encode(plain) + wrong + "x".encode(plain)
    file, source = written(tmp_path / "t.csv", data), csv(encoding=encoding)
    with (
        pytest.raises(
            UnreadableFile, match=rf"t\.csv, line 4: bytes {wrong.hex(' ')}.* are not {encoding} \("
        ) as caught,
        reading(source, file),
        open_text(source, file) as stream,
    ):
        stream.read()
    assert caught.value.pointer == "/source/encoding"


def test_a_multibyte_file_that_is_cut_off_names_its_last_line(tmp_path: Path) -> None:
    file, source = written(tmp_path / "t.csv", "表\nソ".encode("shift_jis")[:-1]), csv(encoding="shift_jis")
    with pytest.raises(UnreadableFile, match=r"t\.csv, line 2: bytes 83 are not shift_jis"), reading(source, file):
        open_text(source, file).read()


@pytest.mark.parametrize("data", [b"a,b\n\xffx", b"a\0\0\xdc"])
def test_utf16_without_a_mark_needs_its_order(tmp_path: Path, data: bytes) -> None:
    file, source = written(tmp_path / "t.csv", data), csv(encoding="utf-16")
    with (
        pytest.raises(UnreadableFile, match="no byte order mark; name the order, as in utf-16-le"),
        reading(source, file),
    ):
        open_text(source, file).read()


def test_text_of_half_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    file, source = written(tmp_path / "t.csv", b"a,+2AA-\n"), csv(encoding="utf-7")
    with pytest.raises(UnreadableFile, match="is not utf-7: it decodes to code points"), reading(source, file):
        open_text(source, file).read()


def test_a_damaged_compressed_file_is_named_and_other_errors_stay(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv.gz", gzip.compress(b"a\n" * 100)[:-9])
    with pytest.raises(UnreadableFile, match=r"t\.csv\.gz is not readable as gzip") as caught, reading(csv(), file):
        open_text(csv(), file).read()
    assert caught.value.pointer == "/source"
    gone = file.model_copy(update={"uri": str(tmp_path / "none.csv")})
    with pytest.raises(FileNotFoundError), reading(csv(), gone):
        open_text(csv(), gone)


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
def test_lines_before_an_offset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(text_streams, "_CHUNK", chunk)
    file = written(tmp_path / "t.csv", b"a\r\nb\rc\n\n\r\nd")
    lines = [first_line(csv(), file, start) for start in (0, 2, 3, 5, 7, 8, 10, 11, 99)]
    assert lines == [1, 2, 2, 3, 4, 5, 6, 6, 6]


@pytest.mark.parametrize(("text", "breaks"), [(b"", 0), (b"a\r\nb\n\rc\r", 4), (b"\r\r\n\n", 3)])
def test_line_breaks_of_every_kind(text: bytes, breaks: int) -> None:
    assert line_breaks(text) == breaks


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-be", "utf-16", "utf-32", "shift_jis"])
def test_rejected_text_goes_back_to_the_files_bytes(tmp_path: Path, encoding: str) -> None:
    word = "表ソ" if encoding == "shift_jis" else "Größe"
    file = written(tmp_path / "t.csv", f"x{word}".encode(encoding))
    plain = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)
    assert as_in_file(csv(encoding=encoding), file, word.encode()) == word.encode(plain)


def test_rejected_text_keeps_the_order_of_bytes_and_undecodable_ones(tmp_path: Path) -> None:
    for mark, plain in ((b"\xfe\xff", "utf-16-be"), (b"\0\0\xfe\xff", "utf-32-be")):
        file = written(tmp_path / "t.csv", mark + "x".encode(plain))
        assert as_in_file(csv(encoding=plain[:6]), file, b"y") == "y".encode(plain)
    escaped = b"\x81a".decode("cp1252", "surrogateescape").encode("utf-8", "surrogatepass")
    assert as_in_file(csv(encoding="cp1252"), file, escaped) == b"\x81a"
    assert as_in_file(csv(), file, b"\xff") == b"\xff"
