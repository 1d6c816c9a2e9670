"""A text file from its start: decompressed and, where parts of it could not be decoded alone, as UTF-8."""

from __future__ import annotations

import codecs
import io
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, cast

from contracts.dataset import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from contracts.source import Codec, DelimitedText, TextSource, codec_by_name
from sources.files.resolve_sources import filesystem_of
from sources.text.encodings import Utf8Stream, is_cut_in_bytes, is_utf8

TO_THE_END = -1
"""As a range's end: the file is one range, read as a stream, and `start` counts in what the stream gives. Files that are no
stream by themselves can be read so, too, in little memory, if they are UTF-8."""

_CHUNK = 4 << 20
_ARROW_CODECS: Mapping[Codec, str] = {"gzip": "gzip", "bzip2": "bz2", "zstd": "zstd"}


def encoding_of(source: TextSource) -> str:
    """How the source's text is written; JSON is UTF-8."""
    return source.encoding if isinstance(source, DelimitedText) else "utf-8"


def codec_of(source: TextSource, uri: str) -> str | None:
    """Return Arrow's name of the file's compression, from the source or, if `auto`, from the file's name; None without."""
    if source.compression == "none":
        return None
    codec = codec_by_name(uri) if source.compression == "auto" else source.compression
    return None if codec is None else _ARROW_CODECS[codec]


def is_stream(source: TextSource, uri: str) -> bool:
    """Whether the file can only be read from its start: compressed, or in an encoding that cannot be cut in bytes."""
    return codec_of(source, uri) is not None or not is_cut_in_bytes(encoding_of(source))


def open_text(source: TextSource, file: SourceFile, start: int = 0) -> BinaryIO:
    """The file's text from `start` on: UTF-8 where `is_stream`, else the bytes as they are. Use within `reading`."""
    stream = _open_bytes(source, file)
    if is_stream(source, file.uri) and not is_utf8(encoding_of(source)):
        stream = cast("BinaryIO", io.BufferedReader(Utf8Stream(stream, encoding_of(source)), _CHUNK))
    while start > 0 and (passed := len(stream.read(min(start, _CHUNK)))):
        start -= passed
    return stream


@contextmanager
def reading(source: TextSource, file: SourceFile) -> Generator[None]:
    """Within: raises `UnreadableFile` where the compressed file is damaged, or the bytes are not of the encoding."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise undecodable(source, file, error) from error
    except UnicodeError as error:
        raise UnreadableFile(
            f"{file.uri} is not {encoding_of(source)}: it begins with no byte order mark; name the order, as in utf-16-le",
            pointer="/source/encoding",
        ) from error
    except (OSError, EOFError) as error:
        codec = codec_of(source, file.uri)
        if codec is None:
            raise
        raise UnreadableFile(f"{file.uri} is not readable as {codec}: {error}", pointer="/source") from error


def undecodable(source: TextSource, file: SourceFile, error: UnicodeDecodeError) -> UnreadableFile:
    """The error for bytes that are not of the encoding, with the line of the first in the file, which is looked for."""
    decoder = codecs.getincrementaldecoder(encoding_of(source))()
    lines = 1
    with _open_bytes(source, file) as stream:
        try:
            while data := stream.read(_CHUNK):
                lines += line_breaks(decoder.decode(data).encode())
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as found:
            error = found
            lines += line_breaks(error.object[: error.start].decode(encoding_of(source), "replace").encode())
    shown = bytes(error.object[error.start : error.end]).hex(" ")
    return UnreadableFile(
        f"{file.uri}, line {lines}: bytes {shown} are not {encoding_of(source)} ({error.reason})",
        pointer="/source/encoding",
    )


def read_part(file: SourceFile, part: SourceRange) -> bytes:
    """The bytes of a range that is no stream."""
    filesystem, path = filesystem_of(file.uri)
    with filesystem.open_input_file(path) as stream:
        return stream.read_at(part.end - part.start, part.start)


def as_in_file(source: TextSource, file: SourceFile, text: bytes) -> bytes:
    """A piece of UTF-8 text as the file has it: those very bytes, where the encoding has one spelling for each text."""
    encoding = codecs.lookup(encoding_of(source)).name
    if is_utf8(encoding):
        return text
    if encoding in {"utf-16", "utf-32"}:
        with _open_bytes(source, file) as stream:
            mark = stream.read(4)
        encoding += "-be" if mark.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)) else "-le"
    return text.decode("utf-8", "surrogatepass").encode(encoding, "surrogateescape")


def _open_bytes(source: TextSource, file: SourceFile) -> BinaryIO:
    """The file from its start, decompressed."""
    filesystem, path = filesystem_of(file.uri)
    return cast("BinaryIO", filesystem.open_input_stream(path, compression=codec_of(source, file.uri)))


def first_line(source: TextSource, file: SourceFile, start: int) -> int:
    """The number, from 1, of the line that begins at `start`. Reads the file up to there: for what is rare, like errors."""
    found, left, last = 1, start, b""
    with reading(source, file), open_text(source, file) as stream:
        while left > 0 and (data := stream.read(min(left, _CHUNK))):
            found += line_breaks(data) - (last == b"\r" and data[:1] == b"\n")
            left -= len(data)
            last = data[-1:]
    return found


def line_breaks(text: bytes) -> int:
    """A carriage return with its line feed is one break; so is either alone."""
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
