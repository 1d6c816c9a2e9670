"""The keys of a file of JSON lines, and the types of their values, inferred from its first MiB."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from contracts.dataset.manifest import SourceFile
from contracts.errors import UnreadableFile
from contracts.schema import ValueType
from contracts.source import JsonLines
from sources.read_request import shown_text
from sources.text.json_objects import LONE_SURROGATE, json_object
from sources.text.lines import sample_lines
from sources.vectors.fixed_lengths import json_length

_LARGEST_INT64 = 2**63


def sampled_keys(source: JsonLines, file: SourceFile) -> list[str]:
    """Return the keys in the file's first MiB, in order of first occurrence.

    Raises `UnreadableFile` for a key that is not UTF-8: no request could name it.
    """
    keys = list(dict.fromkeys(key for value in sample_objects(source, file) for key in value))
    odd = next((key for key in keys if LONE_SURROGATE.search(key)), None)
    if odd is not None:
        raise UnreadableFile(f"{file.uri}: the key {shown_text(odd)} is not UTF-8", pointer="/source/uris")
    return keys


def sample_objects(source: JsonLines, file: SourceFile) -> list[dict[str, Any]]:
    """Return the JSON objects among the lines of the first MiB."""
    objects: list[dict[str, Any]] = []
    for line in sample_lines(source, file):
        try:
            objects.append(json_object(line))
        except ValueError:
            continue
    return objects


def sampled_types(
    source: JsonLines, objects: Sequence[dict[str, Any]], names: Sequence[str]
) -> dict[str, ValueType | None]:
    """Return the type of each column, inferred from the JSON types of its values; None if a value is nested."""
    missing = (None, *source.null_tokens)
    return {
        name: _sampled_type([value for entry in objects if (value := entry.get(name)) not in missing]) for name in names
    }


def sampled_lists(objects: Sequence[dict[str, Any]], names: Sequence[str]) -> list[str]:
    """Return the columns of which each value is null or a list of text, numbers and booleans."""
    return [name for name in names if all(_is_list(entry.get(name)) for entry in objects)]


def sampled_vectors(objects: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, int]:
    """Return the columns of which each value is null or a list of as many numbers, with that number."""
    lengths = {name: json_length(entry.get(name) for entry in objects) for name in names}
    return {name: length for name, length in lengths.items() if length is not None}


def _is_list(value: Any) -> bool:
    return value is None or (
        isinstance(value, list) and not any(isinstance(part, dict | list) for part in cast("list[Any]", value))
    )


def _sampled_type(values: list[Any]) -> ValueType | None:
    if any(isinstance(value, dict | list) for value in values):
        return None
    if not all(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values):
        return "bytes"
    if not values or any(isinstance(value, float) for value in values):
        return "float64"
    return "int64" if all(abs(value) < _LARGEST_INT64 for value in values) else "float64"
