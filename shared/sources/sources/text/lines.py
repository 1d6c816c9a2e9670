"""The lines of a file, for every format in which each line is a record: the first MiB, and ranges in chunks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

from contracts.dataset.manifest import SourceFile
from contracts.errors import UnreadableFile
from contracts.source import LineSource
from sources.files.magic_numbers import LOOKED_AT, other_format
from sources.read_request import ReadRequest
from sources.text.encodings import BOM, UTF16_MARKS
from sources.text.text_streams import TO_THE_END, codec_of, is_stream, open_text, read_part, reading

_SAMPLE = 1 << 20
_CHUNK = 2 << 20


def text_start(source: LineSource, file: SourceFile) -> int:
    """Return the offset of the first line: after a byte order mark, if there is one.

    Raises `UnreadableFile` for a file that begins as one of another format does.
    """
    with reading(source, file), open_text(source, file) as stream:
        text = stream.read(LOOKED_AT)
    _check_text(source, file, text)
    return len(BOM) if text.startswith(BOM) else 0


def sample_lines(source: LineSource, file: SourceFile) -> list[bytes]:
    """Return the whole lines of the first MiB, without line feeds; a first line longer than that is read in full."""
    with reading(source, file), open_text(source, file) as stream:
        text = stream.read(_SAMPLE)
        if len(text) == _SAMPLE and b"\n" not in text:
            text += stream.read()
    _check_text(source, file, text[:LOOKED_AT])
    lines = text.removeprefix(BOM).split(b"\n")
    return lines[:-1] if len(lines) > 1 and len(text) >= _SAMPLE else lines


def _check_text(source: LineSource, file: SourceFile, text: bytes) -> None:
    if text.startswith(UTF16_MARKS):
        raise UnreadableFile(
            f"{file.uri} begins as UTF-16 does; write {source.format} as UTF-8", pointer="/source/uris"
        )
    if codec_of(source, file.uri) is None and (what := other_format(text)) is not None:
        raise UnreadableFile(f"{file.uri} is not {source.format} but {what}", pointer="/source")


def line_chunks(source: LineSource, request: ReadRequest) -> Iterator[bytes]:
    """Yield the text of a range in chunks of whole lines, each of some MiB at most or a single longer line.

    Raises `UnreadableFile` for a file that cannot be decompressed.
    """
    with reading(source, request.file):
        if request.part.end == TO_THE_END or is_stream(source, request.file.uri):
            with open_text(source, request.file, request.part.start) as stream:
                yield from _chunks(stream)
        elif request.part.start != request.part.end:
            yield from _chunks(pa.BufferReader(read_part(request.file, request.part)))


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    held: list[bytes] = []
    while data := stream.read(_CHUNK):
        end = data.rfind(b"\n") + 1
        if end:
            yield b"".join([*held, data[:end]])
            held = [data[end:]] if end < len(data) else []
        else:
            held.append(data)
    if any(held):
        yield b"".join(held)
