"""The keys of a file of JSON lines, and the types of their values, inferred from its first MiB."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from contracts.dataset import SourceFile
from contracts.schema import ValueType
from contracts.source import JsonLines
from sources.text.encodings import BOM
from sources.text.text_streams import open_text, reading

_SAMPLE = 1 << 20
_LARGEST_INT64 = 2**63


def text_start(source: JsonLines, file: SourceFile) -> int:
    """Return the offset of the first line: after a byte order mark, if there is one."""
    with reading(source, file), open_text(source, file) as stream:
        return len(BOM) if stream.read(len(BOM)) == BOM else 0


def sampled_keys(source: JsonLines, file: SourceFile) -> list[str]:
    """Return the keys in the file's first MiB, in order of first occurrence."""
    return list(dict.fromkeys(key for value in sample_objects(source, file) for key in value))


def sample_objects(source: JsonLines, file: SourceFile) -> list[dict[str, Any]]:
    """Return the JSON objects among the lines of the first MiB; a first line longer than that is read in full."""
    with reading(source, file), open_text(source, file) as stream:
        text = stream.read(_SAMPLE)
        if len(text) == _SAMPLE and b"\n" not in text:
            text += stream.read()
    lines = text.removeprefix(BOM).split(b"\n")
    objects: list[dict[str, Any]] = []
    for line in lines[:-1] if len(lines) > 1 and len(text) >= _SAMPLE else lines:
        try:
            value = json.loads(line.decode(errors="surrogateescape"))
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            objects.append(cast("dict[str, Any]", value))
    return objects


def sampled_types(
    source: JsonLines, objects: Sequence[dict[str, Any]], names: Sequence[str]
) -> dict[str, ValueType | None]:
    """Return the type of each column, inferred from the JSON types of its values; None if a value is nested."""
    missing = (None, *source.null_tokens)
    return {
        name: _sampled_type([value for entry in objects if (value := entry.get(name)) not in missing]) for name in names
    }


def _sampled_type(values: list[Any]) -> ValueType | None:
    kinds = {type(value) for value in values}
    if kinds & {dict, list}:
        return None
    if kinds <= {int}:
        return "int64" if kinds and all(abs(value) < _LARGEST_INT64 for value in values) else "float64"
    return "float64" if kinds <= {int, float} else "bytes"
