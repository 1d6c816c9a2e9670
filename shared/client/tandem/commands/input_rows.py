"""Rows for `tandem predict` from a file or a pipe: one JSON document, JSON lines or CSV; the last two are read as they come."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast

from tandem.errors import InvalidInput
from tandem.options import is_inline, read_json

FORMATS = ("json", "jsonl", "csv")
_BY_ENDING = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
Row = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """One JSON value, to be sent as one request."""

    content: Any


@dataclass(frozen=True)
class Lines:
    """Rows that are read while they are predicted, and the names of the columns where all values are text."""

    rows: Iterator[Row]
    columns: list[str] | None = None


@contextmanager
def open_rows(argument: str, named: str | None) -> Generator[Document | Lines]:
    """Open the rows of an argument: JSON itself, a file's name, or `-`. `named`: the format; else by name and content.

    Raises `InvalidInput` for an unreadable file and for content of another format, also while rows are read.
    """
    if named is not None and named not in FORMATS:
        raise InvalidInput(f"--format is one of {', '.join(FORMATS)}. Received: {named}")
    if is_inline(argument):
        yield Document(read_json(argument))
        return
    if argument == "-":
        text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
        try:
            yield _opened(_readable(text, "standard input"), named, "standard input")
        finally:
            text.detach()  # so that standard input stays open
        return
    try:
        file = Path(argument).open(encoding="utf-8-sig", newline="")  # noqa: SIM115 - closed below
    except OSError as error:
        raise _unreadable(argument, error) from error
    with file:
        kind = named or _BY_ENDING.get(Path(argument).suffix.lower())
        yield _opened(_readable(file, argument), kind, argument)


def as_numbers(row: Row, columns: Collection[str]) -> Row:
    """Return a row of text with numbers in these columns; text that is no number is left for the service to judge.

    >>> as_numbers({"distance": "1400", "hour": "", "carrier": "7"}, ["distance", "hour"])
    {'distance': 1400, 'hour': None, 'carrier': '7'}
    """
    return {name: _number(text) if name in columns else text for name, text in row.items()}


def _number(text: str) -> object:
    stripped = text.strip()
    if not stripped:
        return None
    if not _NUMBER.fullmatch(stripped):
        return text
    return int(stripped) if stripped.lstrip("+-").isdecimal() else float(stripped)


def _readable(lines: Iterable[str], origin: str) -> Iterator[str]:
    try:
        for line in lines:  # noqa: UP028 - `yield from` would close the file with the generator
            yield line
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(origin, error) from error


def _unreadable(origin: str, error: Exception) -> InvalidInput:
    return InvalidInput(f"cannot read {origin}: {getattr(error, 'strerror', None) or error}")


def _opened(lines: Iterator[str], kind: str | None, origin: str) -> Document | Lines:
    if kind is None:
        kind, lines = _recognized(lines, origin)
    if kind == "json":
        return Document(_parsed("".join(lines), f"{origin} is not JSON"))
    return _csv(lines, origin) if kind == "csv" else Lines(_json_lines(lines, origin))


def _recognized(lines: Iterator[str], origin: str) -> tuple[str, Iterator[str]]:
    """Return the format by the first lines, and all lines."""
    seen: list[str] = []
    first = _next_line(lines, seen)
    if first is None:
        raise InvalidInput(f"{origin} is empty")
    kind = "csv"
    if first.lstrip().startswith(("{", "[")):
        kind = "jsonl" if _is_row(first) and _next_line(lines, seen) is not None else "json"
    return kind, chain(seen, lines)


def _next_line(lines: Iterator[str], seen: list[str]) -> str | None:
    """Return the next line that is not blank, and add what was read to `seen`."""
    for line in lines:
        seen.append(line)
        if line.strip():
            return line
    return None


def _is_row(line: str) -> bool:
    try:
        value = json.loads(line)
    except json.JSONDecodeError:
        return False
    return isinstance(value, dict)


def _json_lines(lines: Iterator[str], origin: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            value = _parsed(line, f"{origin}, line {number} is not JSON")
            if not isinstance(value, dict):
                raise InvalidInput(f"{origin}, line {number} must be a JSON object. Received: {line.strip()[:80]}")
            yield cast("Row", value)


def _parsed(text: str, wrong: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{wrong}: {error}") from error


def _csv(lines: Iterator[str], origin: str) -> Lines:
    reader = csv.reader(lines, strict=True)
    columns = next(_csv_records(reader, origin), list[str]())
    if not columns or len(set(columns)) < len(columns):
        raise InvalidInput(f"{origin}: the first line must name the columns, each once. Received: {','.join(columns)}")

    def rows() -> Iterator[Row]:
        for values in _csv_records(reader, origin):
            if len(values) != len(columns):
                raise InvalidInput(
                    f"{origin}, line {reader.line_num}: expected {len(columns)} fields, found {len(values)}"
                )
            yield dict(zip(columns, values, strict=True))

    return Lines(rows(), columns)


def _csv_records(reader: Any, origin: str) -> Iterator[list[str]]:
    """Yield the records of a CSV reader without blank lines."""
    try:
        yield from (values for values in reader if values)
    except csv.Error as error:
        raise InvalidInput(f"{origin}, line {reader.line_num}: {error}") from error
