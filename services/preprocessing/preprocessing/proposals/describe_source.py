"""From the beginning of the first file to a source that can read all of them: format, compression, encoding, dialect, header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidRequest, UnreadableFile, pointer
from contracts.messages.schemas import Flag, Guess
from contracts.source import ColumnarSource, DelimitedText, RangeSource, codec_by_name, format_names
from contracts.validation.invalid_fields import invalid_fields
from preprocessing.proposals.dialects import DELIMITERS, Tried, detect, spaced_share
from preprocessing.proposals.encodings import encoding_of
from preprocessing.proposals.file_formats import (
    LINE_TEXTS,
    LineFormatName,
    TextFormat,
    binary_format_of,
    text_format_of,
)
from preprocessing.proposals.headers import Header, detect_header, unambiguous
from sources.files.magic_numbers import LOOKED_AT, compression_of
from sources.files.resolve_sources import filesystem_of
from sources.text.encodings import is_cut_in_bytes
from sources.text.text_streams import open_text, reading

START_BYTES = 1 << 20
"""Bytes of the first file's text that are sampled; also the maximum length of a header."""
_PIECES = 16
_PIECE_BYTES = 1 << 16
_TYPED = format_names(ColumnarSource)
_READABLE = format_names(RangeSource)
SHORT_SHARE = 0.01
"""Minimum share of short rows for `ragged: null_padding` to be proposed."""

_SHOWN_NAMES = 5

_SOURCE: TypeAdapter[RangeSource] = TypeAdapter(Annotated[RangeSource, Field(discriminator="format")])


@dataclass
class Description:
    """A source being described: its fields so far, the reasons, and the flags to review."""

    fields: dict[str, Any]
    guesses: dict[str, Guess]
    flags: list[Flag] = field(default_factory=list[Flag])
    first_row: list[str] | None = None
    """The first row of delimited text that is taken for values."""

    def guess(self, name: str, value: Any, reason: str, alternatives: Sequence[Any] = ()) -> None:
        """Set a field, unless it is known."""
        if name not in self.guesses:
            self.fields[name] = value
            self.guesses[name] = Guess(value=value, given=False, reason=reason, alternatives=list(alternatives))

    def source(self) -> RangeSource:
        """Return the source. Raises `InvalidRequest`, pointing at the field, if the given fields conflict."""
        try:
            return _SOURCE.validate_python(self.fields)
        except ValidationError as error:
            first = invalid_fields(error.errors(), RangeSource, self.fields)[0]
            raise InvalidRequest(first.detail, pointer=pointer(*first.path[:1]) or None) from error


def describe(
    uris: Sequence[str], given: Mapping[str, Any], files: Sequence[SourceFile], label: str | None = None
) -> Description:
    """Describe the source from the first file and pieces of the others. `label`: the label's column, if it is known.

    Raises `UnreadableFile` for an empty or binary file, `InvalidRequest` for a format that cannot be sampled here.
    """
    named = given.get("format")
    if named is not None and named not in _READABLE:
        raise InvalidRequest(
            f"{', '.join(_READABLE)} can be sampled; other formats are read by dataset jobs alone: write their features "
            f"yourself, or leave them to the job. Received: {named!r}",
            pointer="/format",
        )
    description = Description(
        {"uris": list(uris), **given},
        {name: Guess(value=value, given=True, reason="given") for name, value in given.items()},
    )
    _check_given(description)
    file = files[0]
    raw = _read_raw(file, 0, LOOKED_AT)
    if not raw:
        raise UnreadableFile(f"{file.uri} is empty", pointer="/uris")
    kind = binary_format_of(file.uri, raw) if named is None else None
    if kind is not None or named in _TYPED:
        description.guess("format", kind, "the file's first bytes are those of that format")
        return description
    _describe_text(description, files, raw, named, label)
    return description


def _check_given(description: Description) -> None:
    """Raise `InvalidRequest` for a field that cannot be right, before anything is tried with it."""
    fields = description.fields
    is_tfrecord = "feature_lists" in fields or isinstance(fields.get("columns"), dict)
    stand_in = {"format": "tfrecord" if is_tfrecord else "csv", **fields}
    if stand_in.get("header") is False:
        stand_in.setdefault("columns", ["-"])
    Description(stand_in, {}).source()


def _describe_text(
    description: Description, files: Sequence[SourceFile], raw: bytes, named: str | None, label: str | None
) -> None:
    file = files[0]
    codec, by_name = compression_of(raw), codec_by_name(file.uri)
    compression = "auto" if codec == by_name else codec or "none"
    description.guess("compression", compression, f"the first bytes are those of {codec or 'no compressed file'}")
    pieces = _pieces(description, files)
    if not pieces[0].strip():
        raise UnreadableFile(f"{file.uri} is empty", pointer="/uris")
    inner = binary_format_of(file.uri, pieces[0][:LOOKED_AT]) if named is None else None
    if inner == "tfrecord" and codec in {None, "gzip"}:
        description.guess("format", inner, "the file's first uncompressed bytes are those of that format")
        return
    if inner is not None:
        raise UnreadableFile(f"{file.uri} is {inner} inside a compressed file; decompress it", pointer="/uris")
    encoding = description.fields.get("encoding") or _guess_encoding(description, file, pieces)
    text = _decoded(file, pieces[0], encoding)
    kind: TextFormat = "delimited"
    if named is None:
        kind = text_format_of(file.uri, text)
    elif named in LINE_TEXTS:
        kind = named
    if kind == "delimited":
        _describe_delimited(description, text, label, is_all=len(pieces[0]) < START_BYTES)
    else:
        _describe_lines(description, file, encoding, kind)


def _describe_lines(description: Description, file: SourceFile, encoding: str, kind: LineFormatName) -> None:
    lines = LINE_TEXTS[kind]
    description.guess("format", kind, lines.reason)
    if encoding not in {"utf-8", "utf-8-sig"}:
        raise UnreadableFile(f"{file.uri}: {lines.title} must be UTF-8. Received: {encoding}", pointer="/uris")
    if not description.guesses.get("encoding", Guess(value="", given=True, reason="")).given:
        del description.fields["encoding"], description.guesses["encoding"]


def _read_raw(file: SourceFile, start: int, size: int) -> bytes:
    filesystem, path = filesystem_of(file.uri)
    with filesystem.open_input_file(path) as stream:
        return stream.read_at(size, start)


def _pieces(description: Description, files: Sequence[SourceFile]) -> list[bytes]:
    """Return the beginning of the first file, decompressed, then pieces of all files that can be read from the middle."""
    probe = DelimitedText(format="csv", uris=["-"], compression=description.fields["compression"])
    with reading(probe, files[0]), open_text(probe, files[0]) as stream:
        pieces = [stream.read(START_BYTES)]
    if description.fields["compression"] != "auto" or codec_by_name(files[0].uri) is not None:
        return pieces
    total = sum(file.bytes for file in files)
    position, before = START_BYTES, 0
    step = max(total // _PIECES, 1)
    for file in files:
        while position < before + file.bytes:
            if codec_by_name(file.uri) is None:
                pieces.append(_read_raw(file, position - before, _PIECE_BYTES))
            position += step
        before += file.bytes
    return pieces


def _guess_encoding(description: Description, file: SourceFile, pieces: list[bytes]) -> str:
    encoding = encoding_of(pieces)
    if encoding is None:
        raise UnreadableFile(
            f"{file.uri} is binary: it is neither text nor Parquet or Arrow, by its first bytes", pointer="/uris"
        )
    description.guess("encoding", encoding.name, encoding.reason)
    return encoding.name


def _decoded(file: SourceFile, piece: bytes, encoding: str) -> str:
    try:
        text = piece.decode(encoding, "replace")
    except (LookupError, UnicodeError) as error:
        raise InvalidRequest(f"{file.uri} cannot be read as {encoding!r}: {error}", pointer="/encoding") from error
    if "\0" in text:
        raise UnreadableFile(f"{file.uri} is binary, or not {encoding}: it holds zeros", pointer="/encoding")
    return text.removeprefix("\ufeff")


def _describe_delimited(description: Description, text: str, label: str | None, *, is_all: bool) -> None:
    if not is_all:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    fields = dict(description.fields)
    if fields.get("format") == "tsv":
        fields.setdefault("delimiter", "\t")
    ranked = detect(text, fields, is_all=is_all)
    best = ranked[0]
    description.guess("format", "tsv" if best.dialect.delimiter == "\t" else "csv", "it is delimited text")
    _guess_dialect(description, ranked, text)
    if not best.rows:
        raise UnreadableFile("no rows are left besides comments and skipped lines", pointer="/uris")
    header = _guess_header(description, best, label)
    _guess_ragged(description, best, len(best.rows[0]) if header.columns is None else len(header.columns))


def _guess_dialect(description: Description, ranked: list[Tried], text: str) -> None:
    best = ranked[0]
    dialect = best.dialect
    scored = f"score {best.score:.3f}: rows of {best.width} fields, cells that look like values"
    others = list(dict.fromkeys(candidate.dialect.delimiter for candidate in ranked if candidate.score > 0))
    delimiter = dialect.delimiter or next((mark for mark in DELIMITERS if mark not in text), ",")
    if dialect.delimiter is None:
        scored = "nothing divides the lines alike: one column, and a delimiter that does not occur"
    description.guess(
        "delimiter", delimiter, scored, [other for other in others if other not in {dialect.delimiter, None}][:3]
    )
    quotes = "opens fields" if dialect.quote and dialect.quote in text else "the usual one; none opens a field"
    description.guess("quote", dialect.quote, quotes if dialect.quote else "quotes stand inside fields, unpaired")
    if dialect.escape is not None:
        description.guess("escape", dialect.escape, "stands before quotes or delimiters")
    if dialect.skip_initial_space:
        share = spaced_share(text, delimiter, dialect.quote)
        description.guess("skip_initial_space", True, f"a space follows {share:.0%} of the delimiters")  # noqa: FBT003
    if dialect.comment is not None:
        description.guess("comment", dialect.comment, "lines that begin with it are not divided as the others are")
    if dialect.skip_lines:
        description.guess("skip_lines", dialect.skip_lines, "these lines are not divided as the others are")


def _guess_header(description: Description, best: Tried, label: str | None) -> Header:
    header = detect_header(best.rows, best.width, given=description.fields.get("header"), label=label)
    description.guess("header", header.is_there, header.reason)
    if not header.is_there:
        description.first_row = list(best.rows[0])
    if header.doubtful:
        description.flags.append(_doubted(header))
    if header.columns is not None and description.fields.get("columns") is None:
        names = unambiguous(best.rows[0]) if header.is_there else header.columns
        description.guess(
            "columns", names, "names occur twice in the header" if header.is_there else "there is no header"
        )
        if header.is_there:
            twice = sorted({name for name in best.rows[0] if best.rows[0].count(name) > 1})
            description.flags.append(
                Flag(
                    column=None,
                    kind="renamed",
                    reason="the header has duplicate names; `columns` numbers them, in the file's order",
                    evidence={"twice": twice},
                )
            )
    return header


def _doubted(header: Header) -> Flag:
    shown = ", ".join(map(repr, header.doubtful[:_SHOWN_NAMES]))
    if header.is_there:
        reason = (
            f"the first row is taken for names, although {shown} could be values: {header.reason}; if it is a row of values, "
            "propose again with header false"
        )
    else:
        reason = (
            f"the first row is taken for values, although {shown} could be names: {header.reason}; if it holds the names of "
            "the columns, propose again with header true"
        )
    return Flag(column=None, kind="header", reason=reason, evidence={"cells": header.doubtful[:_SHOWN_NAMES]})


def _guess_ragged(description: Description, best: Tried, width: int) -> None:
    rows = best.rows[1:]
    short, long = (sum(test(len(row)) for row in rows) for test in (width.__gt__, width.__lt__))
    if rows and not long and short >= max(2, SHORT_SHARE * len(rows)):
        description.guess("ragged", "null_padding", f"{short} of {len(rows)} rows are too short, none too long")


def is_read_in_parts(source: DelimitedText, uri: str) -> bool:
    """Return whether the file can be read from the middle."""
    plain = source.compression == "none" or (source.compression == "auto" and codec_by_name(uri) is None)
    return plain and is_cut_in_bytes(source.encoding)
