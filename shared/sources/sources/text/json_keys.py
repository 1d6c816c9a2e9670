"""What is in a file of JSON lines, by its beginning: the keys, and the types of their values."""

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
    """Where the first line begins: behind a byte order mark."""
    with reading(source, file), open_text(source, file) as stream:
        return len(BOM) if stream.read(len(BOM)) == BOM else 0


def sampled_keys(source: JsonLines, file: SourceFile) -> list[str]:
    """The keys of the file's first MiB, in the order in which they come up."""
    return list(dict.fromkeys(key for value in sample_objects(source, file) for key in value))


def sample_objects(source: JsonLines, file: SourceFile) -> list[dict[str, Any]]:
    """The objects that lie in the first MiB of the file, as far as they are objects; at least one line is looked at."""
    with reading(source, file), open_text(source, file) as stream:
        text = stream.read(_SAMPLE)
        if len(text) == _SAMPLE and b"\n" not in text:
            text += stream.read()
    lines = text.removeprefix(BOM).split(b"\n")
    found: list[dict[str, Any]] = []
    for line in lines[:-1] if len(lines) > 1 and len(text) >= _SAMPLE else lines:
        try:
            value = json.loads(line.decode(errors="surrogateescape"))
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(cast("dict[str, Any]", value))
    return found


def sampled_types(
    source: JsonLines, objects: Sequence[dict[str, Any]], names: Sequence[str]
) -> dict[str, ValueType | None]:
    """How each column would be read, by the JSON types of its values; None where one is nested."""
    missing = (None, *source.null_tokens)
    return {
        name: _sampled_type([value for each in objects if (value := each.get(name)) not in missing]) for name in names
    }


def _sampled_type(values: list[Any]) -> ValueType | None:
    kinds = {type(value) for value in values}
    if kinds & {dict, list}:
        return None
    if kinds <= {int}:
        return "int64" if kinds and all(abs(value) < _LARGEST_INT64 for value in values) else "float64"
    return "float64" if kinds <= {int, float} else "bytes"
