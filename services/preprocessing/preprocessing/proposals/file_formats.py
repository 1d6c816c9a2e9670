"""Detect a file's format by its first bytes.

Formats that are no text are known by their magic numbers (`sources.files.magic_numbers`); text is JSON lines where its first
lines are JSON objects, and otherwise delimited. What this service cannot sample is refused with the reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from contracts.errors import InvalidRequest, UnreadableFile
from sources.files.magic_numbers import is_avro, typed_format, unreadable_format

LineFormatName = Literal["jsonl"]
TextFormat = Literal["delimited"] | LineFormatName


@dataclass(frozen=True)
class LineText:
    """Texts of a proposal for a format of lines: its title, and the reason for choosing it."""

    title: str
    reason: str


LINE_TEXTS: dict[LineFormatName, LineText] = {
    "jsonl": LineText("JSON lines", "each of the first lines is a JSON object"),
}

_OBJECTS_LOOKED_AT = 20


def binary_format_of(uri: str, start: bytes) -> str | None:
    """Return the columnar format of a file by its magic number; None for text.

    Raises `InvalidRequest` for a format that only dataset jobs read, `UnreadableFile` for one that nothing here does.
    """
    if is_avro(start):
        raise InvalidRequest(
            f"{uri} is Avro, which only dataset jobs read: name the format in a request of your own; the job types its columns",
            pointer="/uris",
        )
    if (what := unreadable_format(start)) is not None:
        raise UnreadableFile(f"{uri} is {what}", pointer="/uris")
    return typed_format(start, uri)


def text_format_of(uri: str, text: str) -> TextFormat:
    """Return `jsonl` where every one of the first lines that are not empty is a JSON object; else `delimited`.

    Raises `UnreadableFile` for a JSON document that is not divided into lines.
    """
    beginning = text.lstrip()
    if not beginning.startswith(("{", "[")):
        return "delimited"
    lines = [line for line in beginning.split("\n") if line.strip()]
    looked_at = lines[:_OBJECTS_LOOKED_AT]
    if all(_is_object(line) for line in looked_at[:-1] or looked_at):
        return "jsonl"
    if _is_document(beginning):
        raise UnreadableFile(
            f"{uri} is a JSON document over several lines, or an array; write one object a line (JSON lines)",
            pointer="/uris",
        )
    return "delimited"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_document(text: str) -> bool:
    """Return whether the text begins with a well-formed JSON array or object, possibly truncated."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        # Cut off at the end of the sample: all before was in order.
        return error.pos >= len(text) - 2 and len(text) > 2
    except (ValueError, RecursionError):
        return False
    return True
