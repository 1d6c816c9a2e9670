"""From what a request names to files that exist, inside the folders that the operator allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyarrow import fs

from contracts.dataset import SourceFile
from contracts.errors import NotAllowed, NotFound, SourceChanged


def locate(uris: Sequence[str], roots: Sequence[str]) -> list[SourceFile]:
    """The files behind `uris`, in order.

    A relative path starts at the first root. Raises `NotAllowed` for one outside every root (links are followed first),
    `NotFound` for one that is not there or is a folder; both point at the URI's place in the request.
    """
    return [_locate(uri, roots, f"/source/uris/{i}") for i, uri in enumerate(uris)]


def _locate(uri: str, roots: Sequence[str], pointer: str) -> SourceFile:
    try:
        return _found(uri, roots, pointer)
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # a NUL, a name that is too long, links in a circle, no such bucket
        raise NotFound(f"source {uri[:200]!r} is not a file that can be read: {error}", pointer=pointer) from error


def _found(uri: str, roots: Sequence[str], pointer: str) -> SourceFile:
    full = uri if "://" in uri or Path(uri).is_absolute() else f"{roots[0].rstrip('/')}/{uri}"
    full = full.removeprefix("file://")
    local = "://" not in full
    if local:
        full = str(Path(full).resolve())
    if not any(_inside(full, root, local=local) for root in roots):
        raise NotAllowed(f"source {uri!r} lies outside the allowed source roots ({', '.join(roots)})", pointer=pointer)
    info = _info(full)
    if info.type != fs.FileType.File:
        found = "a folder" if info.type == fs.FileType.Directory else "nothing there"
        raise NotFound(f"source {uri!r} is not a file. Found: {found}", pointer=pointer)
    return _described(full, info)


def _inside(full: str, root: str, *, local: bool) -> bool:
    if ("://" in root.removeprefix("file://")) == local:
        return False
    if local:
        return Path(full).is_relative_to(Path(root.removeprefix("file://")).resolve())
    return full.startswith(f"{root.rstrip('/')}/") and ".." not in full.split("/")


def _info(uri: str) -> fs.FileInfo:
    filesystem, path = filesystem_of(uri)
    return filesystem.get_file_info(path)


def _described(uri: str, info: fs.FileInfo) -> SourceFile:
    return SourceFile(uri=uri, bytes=info.size or 0, modified_ns=info.mtime_ns or 0)


def filesystem_of(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system that holds the file, and the file's path in it."""
    if "://" in uri:
        filesystem, path = fs.FileSystem.from_uri(uri)
        return filesystem, path
    return fs.LocalFileSystem(), uri


def check_unchanged(files: Sequence[SourceFile]) -> None:
    """Raise `SourceChanged` for the first file that is gone, or has another size or modification time than recorded."""
    for file in files:
        info = _info(file.uri)
        if info.type != fs.FileType.File:
            raise SourceChanged(f"source {file.uri} is gone since the dataset was computed from it")
        if (info.size or 0, info.mtime_ns or 0) != (file.bytes, file.modified_ns):
            raise SourceChanged(
                f"source {file.uri} was changed after the dataset was computed; run the dataset job again"
            )
