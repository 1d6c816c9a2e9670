"""URIs of a request to existing files, inside the folders that the operator allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyarrow import fs

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData, NotAllowed, NotFound, SourceChanged
from contracts.stores.filesystems import opened
from sources.files.expand_globs import expand
from sources.files.hive_partitions import partition_values


@dataclass(frozen=True)
class _Located:
    """A file, true if it comes from a folder or glob, and the columns in the names of its folders below the root."""

    file: SourceFile
    is_listed: bool
    partition: dict[str, str | None]


def locate(
    uris: Sequence[str],
    roots: Sequence[str],
    *,
    hive_partitioning: bool | None = False,
    place: Callable[[int], str] = "/source/uris/{}".format,
) -> list[SourceFile]:
    """Return the files of `uris`, in order: those of a folder or glob sorted by path, without files that were listed before.

    A relative path starts at the first root. `hive_partitioning` as in the source: true if folders named `column=value` add
    columns. Raises `NotAllowed` for a file outside every root (links are followed first), `NotFound` for a missing file and for
    a folder or glob without files; their pointer is the URI's `place` in the request. Raises `InvalidData` if folders name
    columns for only some of the files.
    """
    files: list[_Located] = []
    listed: set[str] = set()
    for i, uri in enumerate(uris):
        for located in _located(uri, roots, place(i)):
            if not located.is_listed or located.file.uri not in listed:
                files.append(located)
            listed.add(located.file.uri)
    if hive_partitioning is None:
        hive_partitioning = any(located.is_listed for located in files) and all(located.partition for located in files)
    if not hive_partitioning:
        return [located.file for located in files]
    first = files[0]
    for located in files:
        if list(located.partition) != list(first.partition) or not located.partition:
            raise InvalidData(
                f"{located.file.uri}: its folders name the columns {list(located.partition)}, those of {first.file.uri} name "
                f"{list(first.partition)}; they must be the same for all files, or set source.hive_partitioning to false",
                pointer="/source/hive_partitioning",
            )
    return [located.file.model_copy(update={"partition": located.partition}) for located in files]


def _located(uri: str, roots: Sequence[str], pointer: str) -> list[_Located]:
    try:
        return _expanded(uri, roots, pointer)
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # a NUL, a name that is too long, links in a circle, no such bucket
        raise NotFound(f"source {uri[:200]!r} is not a file that can be read: {error}", pointer=pointer) from error


def _expanded(uri: str, roots: Sequence[str], pointer: str) -> list[_Located]:
    full = uri if "://" in uri or Path(uri).is_absolute() else f"{roots[0].rstrip('/')}/{uri}"
    full = full.removeprefix("file://")
    _check_inside(full.partition("*")[0], uri, roots, pointer)
    filesystem, path = filesystem_of(full)
    scheme = full.removesuffix(path)  # of a remote store, such as s3://
    files: list[_Located] = []
    for entry in expand(filesystem, path):
        name = f"{scheme}{entry.path}"
        where = _check_inside(name, uri, roots, pointer)
        folders = _from_root(name, roots).split("/")[:-1]
        files.append(_Located(_described(where, _info(where)), entry.is_listed, partition_values(folders)))
    if not files:
        raise NotFound(
            f"source {uri!r}: there is no file that could be read; relative paths begin at the first source root, {roots[0]}",
            pointer=pointer,
        )
    return files


def _from_root(name: str, roots: Sequence[str]) -> str:
    """Return the path relative to its root; the full path if a link leads into a root."""
    starts = [root.removeprefix("file://").rstrip("/") + "/" for root in roots]
    return next((name.removeprefix(start) for start in starts if name.startswith(start)), name)


def _check_inside(full: str, uri: str, roots: Sequence[str], pointer: str) -> str:
    """Return the path with links resolved. Raises `NotAllowed` unless it is inside one of the roots."""
    local = "://" not in full
    where = str(Path(full).resolve()) if local else full
    if not any(_inside(where, root, local=local) for root in roots):
        raise NotAllowed(
            f"source {uri!r} is outside the allowed source roots ({', '.join(roots)}): copy the file there, or add its folder "
            "to TANDEM_SOURCE_ROOTS of both services",
            pointer=pointer,
        )
    return where


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
    """Return the file system of a file, and the file's path in it."""
    return opened(uri) if "://" in uri else (fs.LocalFileSystem(), uri)


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
