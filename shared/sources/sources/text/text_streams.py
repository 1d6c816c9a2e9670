"""Text files as streams: decompressed and, if parts could not be decoded independently, transcoded to UTF-8."""

from __future__ import annotations

import codecs
import io
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, cast

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from contracts.source import Codec, DelimitedText, TextSource, codec_by_name
from sources.files.resolve_sources import filesystem_of
from sources.text.encodings import Utf8Stream, is_cut_in_bytes, is_utf8

TO_THE_END = -1
"""A range's end that means: the file is one range, read as a stream, and `start` is an offset in the stream. UTF-8 files for
which `is_stream` is false can be read this way too, in little memory."""

_CHUNK = 4 << 20
_ARROW_CODECS: Mapping[Codec, str] = {"gzip": "gzip", "bzip2": "bz2", "zstd": "zstd"}


def encoding_of(source: TextSource) -> str:
    """Return the source's encoding; a format of lines is UTF-8."""
    return source.encoding if isinstance(source, DelimitedText) else "utf-8"


def codec_of(source: TextSource, uri: str) -> str | None:
    """Return Arrow's name of the file's compression, from the source or, if `auto`, from the file's name; None if plain."""
    if source.compression == "none":
        return None
    codec = codec_by_name(uri) if source.compression == "auto" else source.compression
    return None if codec is None else _ARROW_CODECS[codec]


def is_stream(source: TextSource, uri: str) -> bool:
    """Return true if the file can only be read from its start: compressed, or in an encoding that cannot be split in bytes."""
    return codec_of(source, uri) is not None or not is_cut_in_bytes(encoding_of(source))


def open_text(source: TextSource, file: SourceFile, start: int = 0) -> BinaryIO:
    """Open the file's text at `start`: as UTF-8 where `is_stream`, else the raw bytes. Use within `reading`."""
    stream = _open_bytes(source, file)
    if is_stream(source, file.uri) and not is_utf8(encoding_of(source)):
        stream = cast("BinaryIO", io.BufferedReader(Utf8Stream(stream, encoding_of(source)), _CHUNK))
    while start > 0 and (skipped := len(stream.read(min(start, _CHUNK)))):
        start -= skipped
    return stream


@contextmanager
def reading(source: TextSource, file: SourceFile) -> Generator[None]:
    """Translate errors inside the block: `UnreadableFile` for a damaged compressed file, or bytes invalid in the encoding."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise undecodable(source, file, error) from error
    except UnicodeEncodeError as error:
        raise UnreadableFile(
            f"{file.uri} is not {encoding_of(source)}: it decodes to code points that are no characters ({error.reason})",
            pointer="/source/encoding",
        ) from error
    except UnicodeError as error:
        raise _unmarked(source, file) from error
    except (OSError, EOFError) as error:
        codec = codec_of(source, file.uri)
        if codec is None:
            raise
        raise UnreadableFile(f"{file.uri} is not readable as {codec}: {error}", pointer="/source") from error


def undecodable(source: TextSource, file: SourceFile, error: UnicodeDecodeError) -> UnreadableFile:
    """Return the error for bytes invalid in the encoding; reads the file again to find the line of the first."""
    decoder = codecs.getincrementaldecoder(encoding_of(source))()
    lines, last = 1, b""
    with _open_bytes(source, file) as stream:
        is_read = False
        while not is_read:
            data = stream.read(_CHUNK)
            is_read = not data
            _, state = decoder.getstate()
            try:
                text = decoder.decode(data, final=is_read).encode(errors="replace")
            except UnicodeDecodeError as first:
                error, is_read = first, True
                decoder.setstate((b"", state))  # keeps the order of bytes, which the file's start may have set
                try:
                    text = decoder.decode(error.object[: error.start]).encode(errors="replace")
                except UnicodeError:  # the bytes before it are no byte order mark
                    return _unmarked(source, file)
            lines += _more_line_breaks(text, last)
            last = text[-1:] or last
    shown = bytes(error.object[error.start : error.end]).hex(" ")
    return UnreadableFile(
        f"{file.uri}, line {lines}: bytes {shown} are not {encoding_of(source)} ({error.reason})",
        pointer="/source/encoding",
    )


def _unmarked(source: TextSource, file: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        f"{file.uri} is not {encoding_of(source)}: it begins with no byte order mark; name the order, as in utf-16-le",
        pointer="/source/encoding",
    )


def read_part(file: SourceFile, part: SourceRange) -> bytes:
    """Return the bytes of a range of a file that is not a stream."""
    filesystem, path = filesystem_of(file.uri)
    with filesystem.open_input_file(path) as stream:
        return stream.read_at(part.end - part.start, part.start)


def as_in_file(source: TextSource, file: SourceFile, text: bytes) -> bytes:
    """Encode UTF-8 text in the file's encoding; restores the raw bytes if the encoding has only one form for each text."""
    encoding = codecs.lookup(encoding_of(source)).name
    if is_utf8(encoding):
        return text
    if encoding in {"utf-16", "utf-32"}:
        with _open_bytes(source, file) as stream:
            mark = stream.read(4)
        encoding += "-be" if mark.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)) else "-le"
    return text.decode("utf-8", "surrogatepass").encode(encoding, "surrogateescape")


def _open_bytes(source: TextSource, file: SourceFile) -> BinaryIO:
    """Open the file from its start, decompressed."""
    filesystem, path = filesystem_of(file.uri)
    return cast("BinaryIO", filesystem.open_input_stream(path, compression=codec_of(source, file.uri)))


def first_line(source: TextSource, file: SourceFile, start: int) -> int:
    """Return the number, from 1, of the line at offset `start`. Reads the file up to there: only for rare cases, like errors.

    A carriage return alone ends a line of delimited text, and no line of a format of lines.
    """
    number, left, last = 1, start, b""
    with reading(source, file), open_text(source, file) as stream:
        while left > 0 and (data := stream.read(min(left, _CHUNK))):
            is_delimited = isinstance(source, DelimitedText)
            number += _more_line_breaks(data, last) if is_delimited else data.count(b"\n")
            left -= len(data)
            last = data[-1:]
    return number


def line_breaks(text: bytes) -> int:
    """Count line breaks; a carriage return followed by a line feed is one, as is either alone."""
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")


def _more_line_breaks(text: bytes, last: bytes) -> int:
    """Count line breaks of text after its predecessor, whose last byte is `last`: a line break may be cut in two."""
    return line_breaks(text) - (last == b"\r" and text[:1] == b"\n")
