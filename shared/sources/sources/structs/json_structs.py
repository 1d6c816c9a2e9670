"""Leaves of the nested objects of one JSON object, under their paths."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sources.read_request import shown_text
from sources.structs.leaf_paths import MOST_STEPS, STEP, path_of, prefixes
from sources.text.json_objects import LONE_SURROGATE, JsonObject


class JsonPaths:
    """The paths that a reader asks for."""

    def __init__(self, paths: Collection[str]) -> None:
        """Know the paths, each of two or more steps."""
        self.paths = frozenset(paths)
        self.outer: dict[str, list[str]] = {}
        """The objects that the paths lead through, each with its paths."""
        for path in sorted(paths):
            for prefix in prefixes(path):
                self.outer.setdefault(prefix, []).append(path)
        self._keys = [
            json.dumps(name, ensure_ascii=False).encode(errors="replace") for name in self.outer if STEP not in name
        ]

    def may_be_in(self, text: bytes) -> bool:
        """Return false if no object of the text has a value at any of the paths, for lack of the first key."""
        return bool(self._keys) and (b"\\" in text or any(key in text for key in self._keys))

    def leaves(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values of the paths that are in nested objects and not null, and why others cannot be read, by path.

        A path cannot be read where the object has a value under the whole path as well, where a key on its way occurs twice,
        and where it leads through a value that is neither an object nor null.
        """
        leaves: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name in self.outer:
            if STEP not in name and name in values:
                self._walk(name, values[name], leaves, wrong)
        for path in leaves:
            if values.get(path) is not None:
                wrong[path] = f"it is there twice, as the key {path!r} and within the object {prefixes(path)[0]!r}"
        wrong = {path: reason for path, reason in wrong.items() if path in leaves or values.get(path) is None}
        return {path: value for path, value in leaves.items() if path not in wrong}, wrong

    def _walk(self, outer: str, value: Any, leaves: dict[str, Any], wrong: dict[str, str]) -> None:
        if value is None:
            return
        if not isinstance(value, dict):
            kind = "a list" if isinstance(value, list) else shown_text(str(value))
            wrong.update(dict.fromkeys(self.outer[outer], f"{outer!r} is {kind}, and must be an object or null"))
            return
        for name, inner in cast("dict[str, Any]", value).items():
            path = path_of(outer, name)
            if STEP in name or not (path in self.paths or path in self.outer):
                continue
            if isinstance(value, JsonObject) and name in value.twice:
                wrong.update(dict.fromkeys(self.outer.get(path, [path]), f"the key {path!r} occurs twice"))
            elif path in self.outer:
                self._walk(path, inner, leaves, wrong)
            elif inner is not None:
                leaves[path] = inner


def object_columns(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys of the objects in order of first occurrence, with paths in place of nested objects.

    A key is a struct if each of its values is an object or null, one of them with a key. An object stays one column, which no
    feature reads, where a key of it holds a full stop or is not UTF-8.
    """
    keys = dict.fromkeys(key for value in objects for key in value)
    columns = (path for key in keys for path in _paths(key, [value.get(key) for value in objects], is_top=True))
    return list(dict.fromkeys(columns))


def _paths(path: str, values: list[Any], *, is_top: bool = False) -> list[str]:
    there = [value for value in values if value is not None]
    if not there or not all(isinstance(value, dict) for value in there):
        return [path]
    inner = cast("list[dict[str, Any]]", there)
    keys = dict.fromkeys(key for value in inner for key in value)
    if not keys or (is_top and STEP in path) or path.count(STEP) >= MOST_STEPS or not all(map(_is_step, keys)):
        return [path]
    return [leaf for key in keys for leaf in _paths(path_of(path, key), [value.get(key) for value in inner])]


def _is_step(key: str) -> bool:
    return STEP not in key and not LONE_SURROGATE.search(key)
