"""A path, folder or glob to the files that it matches, in a stable order."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyarrow import fs

_ANY_DEPTH = "**"
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Entry:
    """A file, and the way in which the request refers to it."""

    path: str
    is_listed: bool
    """True if it comes from a folder or glob, false if the request names it."""


def expand(filesystem: fs.FileSystem, path: str) -> list[Entry]:
    """Return the file at a path, the files below a folder, or the files that match a glob, sorted by path.

    A glob is matched folder by folder: `*`, `?` and `[a-z]` stay within a name, `**` matches folders of any depth, including
    zero; a folder that matches stands for the files below. Folders and globs skip empty files and hidden names (they begin with
    `.`, or with `_` and contain no `=`), unless the glob's own part begins with `.` or `_`.
    """
    info = filesystem.get_file_info(path)
    if info.type == fs.FileType.File:
        return [Entry(path, is_listed=False)]
    names = _below(filesystem, path.rstrip("/")) if info.type == fs.FileType.Directory else _matches(filesystem, path)
    return [Entry(name, is_listed=True) for name in sorted(set(names), key=lambda name: name.split("/"))]


def _matches(filesystem: fs.FileSystem, pattern: str) -> Iterator[str]:
    parts = pattern.split("/")
    first = next((index for index, part in enumerate(parts) if _WILD.search(part)), len(parts))
    if first < len(parts):
        yield from _descend(filesystem, "/".join(parts[:first]) or "/", parts[first:])


def _descend(filesystem: fs.FileSystem, folder: str, parts: list[str]) -> Iterator[str]:
    """Yield the files in a folder that match `parts`."""
    part, rest = parts[0], parts[1:]
    if part == _ANY_DEPTH:
        for below in [folder, *_folders_below(filesystem, folder)]:
            yield from _descend(filesystem, below, rest or ["*"])
        return
    matches = re.compile(fnmatch.translate(part)).fullmatch
    for info in _listed(filesystem, folder) if part[:1] in {".", "_"} else _visible(filesystem, folder):
        if matches(info.base_name):
            yield from _taken(filesystem, info, rest)


def _taken(filesystem: fs.FileSystem, info: fs.FileInfo, rest: list[str]) -> Iterator[str]:
    """Yield the files of a matched name, with `rest` of the pattern left to match."""
    if info.type == fs.FileType.Directory:
        yield from _descend(filesystem, info.path, rest) if rest else _below(filesystem, info.path)
    elif info.size and not rest:
        yield info.path


def _below(filesystem: fs.FileSystem, folder: str) -> Iterator[str]:
    """Yield the files in a folder and in those below it."""
    for searched in [folder, *_folders_below(filesystem, folder)]:
        for info in _visible(filesystem, searched):
            if info.type == fs.FileType.File and info.size:
                yield info.path


def _folders_below(filesystem: fs.FileSystem, folder: str, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield every folder in a folder, at any depth; a link to one of its own parent folders is not followed."""
    above |= {_identity(filesystem, folder)}
    for info in _visible(filesystem, folder):
        if info.type == fs.FileType.Directory and _identity(filesystem, info.path) not in above:
            yield info.path
            yield from _folders_below(filesystem, info.path, above)


def _identity(filesystem: fs.FileSystem, folder: str) -> str:
    return str(Path(folder).resolve()) if isinstance(filesystem, fs.LocalFileSystem) else folder


def _visible(filesystem: fs.FileSystem, folder: str) -> list[fs.FileInfo]:
    return [info for info in _listed(filesystem, folder) if not _is_hidden(info.base_name)]


def _listed(filesystem: fs.FileSystem, folder: str) -> list[fs.FileInfo]:
    infos = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    return [info for info in infos if info.type in {fs.FileType.File, fs.FileType.Directory}]


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or (name.startswith("_") and "=" not in name)
