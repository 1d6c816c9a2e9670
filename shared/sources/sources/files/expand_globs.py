"""A path, folder or glob to the files that it stands for, in a stable order."""

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
    """A file, and how it was found."""

    path: str
    is_listed: bool
    """Whether a folder or glob led to it, rather than its own name."""


def expand(filesystem: fs.FileSystem, path: str) -> list[Entry]:
    """The file of that name; else the files below the folder of that name, or those that the glob matches, sorted by path.

    A glob is matched folder by folder: `*`, `?` and `[a-z]` stay within a name, `**` stands for folders of any depth, none
    included; a folder that it matches stands for the files below. Of what a folder or glob leads to, hidden names (they begin
    with `.`, or with `_` and hold no `=`) and files without a byte are left out, unless the glob itself begins so.
    """
    info = filesystem.get_file_info(path)
    if info.type == fs.FileType.File:
        return [Entry(path, is_listed=False)]
    found = _below(filesystem, path.rstrip("/")) if info.type == fs.FileType.Directory else _matches(filesystem, path)
    return [Entry(name, is_listed=True) for name in sorted(set(found), key=lambda name: name.split("/"))]


def _matches(filesystem: fs.FileSystem, pattern: str) -> Iterator[str]:
    parts = pattern.split("/")
    first = next((at for at, part in enumerate(parts) if _WILD.search(part)), len(parts))
    if first < len(parts):
        yield from _descend(filesystem, "/".join(parts[:first]) or "/", parts[first:])


def _descend(filesystem: fs.FileSystem, folder: str, parts: list[str]) -> Iterator[str]:
    """What matches `parts` in a folder."""
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
    """What a matched name stands for, with `rest` of the pattern left to match."""
    if info.type == fs.FileType.Directory:
        yield from _descend(filesystem, info.path, rest) if rest else _below(filesystem, info.path)
    elif info.size and not rest:
        yield info.path


def _below(filesystem: fs.FileSystem, folder: str) -> Iterator[str]:
    """The files in a folder and in those below it."""
    for each in [folder, *_folders_below(filesystem, folder)]:
        for info in _visible(filesystem, each):
            if info.type == fs.FileType.File and info.size:
                yield info.path


def _folders_below(filesystem: fs.FileSystem, folder: str, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every folder in a folder, at any depth; a link that leads back to a folder above it is not followed."""
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
    found = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    return [info for info in found if info.type in {fs.FileType.File, fs.FileType.Directory}]


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or (name.startswith("_") and "=" not in name)
