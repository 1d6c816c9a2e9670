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
from sources.structs.json_structs import JsonPaths, object_columns
from sources.structs.leaf_paths import paths_among
from sources.text.json_objects import LONE_SURROGATE, json_object
from sources.text.lines import sample_lines
from sources.values.sampled_tokens import SampledTokens, json_tokens
from sources.vectors.sampled_numbers import SampledNumbers, json_numbers

_LARGEST_INT64 = 2**63


def sampled_keys(source: JsonLines, files: Sequence[SourceFile]) -> list[str]:
    """Return the keys in each file's first MiB, in order of first occurrence, with paths in place of nested objects.

    Raises `UnreadableFile` for a key that is not UTF-8: no request could name it.
    """
    objects: list[dict[str, Any]] = []
    for file in files:
        own = sample_objects(source, file)
        odd = next((key for value in own for key in value if LONE_SURROGATE.search(key)), None)
        if odd is not None:
            raise UnreadableFile(f"{file.uri}: the key {shown_text(odd)} is not UTF-8", pointer="/source/uris")
        objects += own
    return object_columns(objects)


def sampled_columns(source: JsonLines, files: Sequence[SourceFile], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the objects of each file's first MiB, with the leaves of nested ones that are among the names.

    A leaf that cannot be read stays out: a job refuses its row.
    """
    objects = [value for file in files for value in sample_objects(source, file)]
    paths = JsonPaths(paths_among(names, source.columns or names))
    if not paths.paths:
        return objects
    return [{**value, **paths.leaves(value)[0]} for value in objects]


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


def sampled_numbers(objects: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, SampledNumbers]:
    """Return the columns of which each value is null or a list of numbers, with their lengths."""
    sampled = {name: json_numbers(entry.get(name) for entry in objects) for name in names}
    return {name: numbers for name, numbers in sampled.items() if numbers is not None}


def sampled_tokens(objects: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, SampledTokens]:
    """Return the lists of each of the columns that has some."""
    sampled = {name: json_tokens(entry.get(name) for entry in objects) for name in names}
    return {name: tokens for name, tokens in sampled.items() if tokens is not None}


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
