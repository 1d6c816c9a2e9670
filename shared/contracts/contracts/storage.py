"""Files under a root, local or remote, through `pyarrow.fs`; and the one way in which anything is published.

An artifact consists of data files, written first under names that no reader looks for, and one manifest, written last: to a
temporary name, flushed to disk, then linked to its final name, which fails if that name is taken. In an object store the write
itself fails (`contracts.stores.conditional_writes`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
from pyarrow import fs

from contracts.errors import NameTaken, NotFound
from contracts.stores.filesystems import opened
from contracts.stores.uris import below

_CHUNK = 8 << 20
_DELETE_ATTEMPTS = 20
_SYNCS = 16
_LISTINGS = 20
_CREATIONS = 200


@dataclass(frozen=True)
class FileStamp:
    """Size and modification time of a file: a file with another stamp has changed."""

    size: int
    mtime_ns: int | None
    """In nanoseconds, though an object store may count in seconds; None where the store keeps no time."""


@dataclass(frozen=True)
class Storage:
    """A folder, local or in an object store. Paths are relative to it, with forward slashes."""

    uri: str
    makes_folders: bool = True
    """True if a write creates missing parent folders. If false, a late write to a deleted folder fails instead of recreating
    it."""

    @property
    def _opened(self) -> tuple[fs.FileSystem, str]:
        return opened(self.uri)

    def _locate(self, path: str) -> tuple[fs.FileSystem, str]:
        if path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"a path in storage is relative and stays inside. Received: {path!r}")
        filesystem, root = self._opened
        return filesystem, f"{root.rstrip('/')}/{path}" if path else root

    def local_path(self, path: str = "") -> Path | None:
        """Return the file's path on this machine; None in a remote store."""
        filesystem, full = self._locate(path)
        return Path(full) if isinstance(filesystem, fs.LocalFileSystem) else None

    def inside(self, folder: str) -> Storage:
        """Return a store whose root is one of this store's folders."""
        self._locate(folder)
        return Storage(below(self.uri, folder), self.makes_folders)

    def exists(self, path: str) -> bool:
        """Return true if there is a file or folder."""
        filesystem, full = self._locate(path)
        return filesystem.get_file_info(full).type != fs.FileType.NotFound

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders directly in a folder, sorted, without hidden ones; empty if it does not exist."""
        return self._names(path, fs.FileType.Directory)

    def files(self, path: str) -> list[str]:
        """Return the names of the files directly in a folder, sorted, without hidden ones; empty if it does not exist."""
        return self._names(path, fs.FileType.File)

    def hidden(self, path: str) -> list[str]:
        """Return the names in a folder that begin with a dot, sorted; empty if the folder does not exist."""
        return sorted(info.base_name for info in self._inside(path) if info.base_name.startswith("."))

    def _names(self, path: str, kind: fs.FileType) -> list[str]:
        infos = self._inside(path)
        return sorted(info.base_name for info in infos if info.type == kind and not info.base_name.startswith("."))

    def _inside(self, path: str, *, recursive: bool = False) -> list[fs.FileInfo]:
        filesystem, full = self._locate(path)
        selector = fs.FileSelector(full, allow_not_found=True, recursive=recursive)
        for _ in range(_LISTINGS):
            # Arrow lists, and only after a failure asks whether the folder exists: one that appeared in between, or a
            # folder below that went away, raises although nothing is wrong.
            with suppress(FileNotFoundError):
                return filesystem.get_file_info(selector)
        return filesystem.get_file_info(selector)

    def changed(self, path: str) -> float:
        """Return the last modification time of a file, or of a folder and its content, in epoch seconds; 0 if unknown."""
        filesystem, full = self._locate(path)
        infos = filesystem.get_file_info([full])
        if infos[0].type == fs.FileType.Directory:
            infos += self._inside(path, recursive=True)
        return max((info.mtime_ns or 0) / 1e9 for info in infos)

    def sizes(self, path: str) -> dict[str, int]:
        """Return the size in bytes of every file below a folder, hidden ones too, by path; empty if it does not exist."""
        return {name: stamp.size for name, stamp in self.stamps_below(path).items()}

    def stamp(self, path: str) -> str:
        """Return a hash of the names, sizes and modification times of all files below a folder."""
        infos = self._inside(path, recursive=True)
        files = sorted((info.path, info.size, info.mtime_ns) for info in infos if info.type == fs.FileType.File)
        return hashlib.sha256(repr(files).encode()).hexdigest()

    def file_stamps(self, paths: Sequence[str]) -> dict[str, FileStamp]:
        """Return the stamps of files, by path, without those that do not exist."""
        filesystem, root = self._locate("")
        infos = filesystem.get_file_info([f"{root.rstrip('/')}/{path}" for path in paths])
        pairs = zip(paths, infos, strict=True)
        return {path: FileStamp(info.size, info.mtime_ns) for path, info in pairs if info.type == fs.FileType.File}

    def stamps_below(self, path: str) -> dict[str, FileStamp]:
        """Return the stamp of every file below a folder, by path, from one listing; empty if it does not exist."""
        _, full = self._locate(path)
        infos = self._inside(path, recursive=True)
        return {
            f"{path}/{info.path[len(full) :].lstrip('/')}": FileStamp(info.size, info.mtime_ns)
            for info in infos
            if info.type == fs.FileType.File
        }

    def read(self, path: str) -> bytes:
        """Return the file's bytes. Raises `NotFound`."""
        with self.open_input(path) as stream:
            return stream.read()

    def map(self, path: str) -> pa.Buffer:
        """Return the file as a buffer, memory-mapped if it is local. Raises `NotFound`."""
        local = self.local_path(path)
        if local is None:
            return pa.py_buffer(self.read(path))
        try:
            with pa.memory_map(str(local)) as mapped:
                return mapped.read_buffer()
        except FileNotFoundError as error:
            raise NotFound(f"no such file in storage: {path}") from error

    @contextmanager
    def open_input(self, path: str) -> Generator[pa.NativeFile]:
        """Open a file for random access. Raises `NotFound`."""
        filesystem, full = self._locate(path)
        try:
            stream = filesystem.open_input_file(full)
        except FileNotFoundError as error:
            raise NotFound(f"no such file in storage: {path}") from error
        with stream:
            yield stream

    @contextmanager
    def open_output(self, path: str) -> Generator[BinaryIO]:
        """Open a new file for writing. It is not published: the caller makes sure that no reader looks for its name."""
        filesystem, full = self._locate(path)
        self._make_way(filesystem, full)
        with filesystem.open_output_stream(full) as stream:
            yield cast("BinaryIO", stream)

    def _make_way(self, filesystem: fs.FileSystem, full: str) -> None:
        if self.makes_folders and isinstance(filesystem, fs.LocalFileSystem):
            filesystem.create_dir(full.rpartition("/")[0], recursive=True)

    def make_folder(self, path: str) -> None:
        """Create a folder and its parents; do nothing if it exists, and in an object store, which has no empty ones."""
        filesystem, full = self._locate(path)
        if not isinstance(filesystem, fs.LocalFileSystem):
            return  # an object store has the folders that its files are in
        for _ in range(_CREATIONS):
            with suppress(FileNotFoundError):  # another process has removed a parent, which was empty, in between
                filesystem.create_dir(full, recursive=True)
                return
        filesystem.create_dir(full, recursive=True)

    def write(self, path: str, data: bytes) -> None:
        """Write or replace a file durably and atomically: a reader sees the old bytes or the new ones, never a part."""
        self._write(path, data, replace=True)

    def stage(self, path: str, data: bytes) -> None:
        """Write or replace a file atomically, but not yet durably: `sync_all` makes many files durable at once."""
        self._write(path, data, replace=True, durable=False)

    def publish(self, path: str, data: bytes) -> None:
        """Write a new file durably and atomically. Raises `NameTaken` if it exists, and then changes nothing."""
        self._write(path, data, replace=False)

    def _write(self, path: str, data: bytes, *, replace: bool, durable: bool = True) -> None:
        local = self.local_path(path)
        if local is None:
            if not replace:
                from contracts.stores.conditional_writes import create  # noqa: PLC0415 - Spark's executors never publish

                create(self.uri, path, data)
                return
            with self.open_output(path) as stream:  # object stores show an object only when it is complete
                stream.write(data)
            return
        made = [folder for folder in local.parents if not folder.exists()] if self.makes_folders else []
        temporary = local.with_name(f".{local.name}.{secrets.token_hex(6)}")
        try:
            if self.makes_folders:
                local.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as stream:
                stream.write(data)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            if replace:
                temporary.replace(local)
            else:
                _link(temporary, local, path)
        except OSError:  # as on a full disk: leave nothing behind, not even folders
            with suppress(OSError):
                temporary.unlink()
            for folder in made:
                with suppress(OSError):  # not made, or in use
                    folder.rmdir()
            raise
        finally:
            with suppress(OSError):
                temporary.unlink()
        if durable:
            sync_path(local.parent)

    def move(self, source: str, target: str) -> None:
        """Rename a file that is not published yet."""
        filesystem, full_source = self._locate(source)
        _, full_target = self._locate(target)
        self._make_way(filesystem, full_target)
        filesystem.move(full_source, full_target)

    def sync(self, path: str) -> None:
        """Make a written file durable; does nothing in a remote store, where it already is."""
        local = self.local_path(path)
        if local is not None:
            with local.open("rb") as stream:
                os.fsync(stream.fileno())

    def write_back(self, path: str) -> None:
        """Start writing a local file's dirty pages to disk in the background, and drop its clean pages from the page cache.

        This shortens `sync_all`, and keeps a file larger than memory from evicting everything else. Has an effect only on Linux.
        """
        local = self.local_path(path)
        if local is not None and hasattr(os, "posix_fadvise"):
            with local.open("rb") as stream:
                # Linux starts to write pages that are dirty, and frees those that are clean.
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def sync_all(self, paths: Sequence[str]) -> None:
        """Make written files durable, in parallel, and then the folders that name them."""
        if self.local_path() is None:
            return
        with ThreadPoolExecutor(_SYNCS) as threads:
            list(threads.map(self.sync, paths))
            folders = {folder for path in paths for folder in [self.local_path(path)] if folder is not None}
            list(threads.map(sync_path, {folder.parent for folder in folders}))

    @contextmanager
    def syncing(self, paths: Sequence[str]) -> Generator[None]:
        """Run `sync_all` in a thread during the block; the block's exit waits for it."""
        with ThreadPoolExecutor(1) as thread:
            synced = thread.submit(self.sync_all, paths)
            yield
            synced.result()

    def delete(self, path: str) -> None:
        """Remove a file, or a folder and its content; do nothing if neither exists."""
        filesystem, full = self._locate(path)
        if filesystem.get_file_info(full).type == fs.FileType.File:
            with suppress(NotFound):
                self.delete_file(path)
        else:
            self.delete_folder(path)

    def delete_file(self, path: str) -> None:
        """Remove a file. Raises `NotFound`."""
        filesystem, full = self._locate(path)
        try:
            filesystem.delete_file(full)
        except FileNotFoundError as error:
            raise NotFound(f"no such file in storage: {path}") from error

    def delete_folder(self, path: str) -> None:
        """Remove a folder and its content, even while others still write there; do nothing if it does not exist."""
        filesystem, full = self._locate(path)
        if filesystem.get_file_info(full).type != fs.FileType.Directory:
            return
        if isinstance(filesystem, fs.LocalFileSystem):
            # Renamed first, so that a writer finds no folder at once; deleting the content takes longer.
            hidden = Path(full).with_name(f".{Path(full).name}.{secrets.token_hex(6)}")
            try:
                Path(full).rename(hidden)
            except FileNotFoundError:  # removed concurrently
                return
            full = str(hidden)
        for attempt in range(_DELETE_ATTEMPTS):
            try:
                filesystem.delete_dir(full)
            except OSError:  # a file that was being written appeared while the folder was being emptied
                if filesystem.get_file_info(full).type == fs.FileType.NotFound:  # emptied by another process as well
                    return
                if attempt == _DELETE_ATTEMPTS - 1:
                    raise
                time.sleep(0.05)
            else:
                return

    def delete_empty_folder(self, path: str) -> None:
        """Remove a local folder if it is empty; a remote store has no empty folders."""
        local = self.local_path(path)
        if local is not None:
            with suppress(OSError):  # not empty, or missing
                local.rmdir()

    def size(self, path: str) -> int:
        """Return the file's size in bytes. Raises `NotFound`."""
        with self.open_input(path) as stream:
            return stream.size()

    def sha256(self, path: str) -> str:
        """Return the file's SHA-256 in hex. Raises `NotFound`."""
        digest = hashlib.sha256()
        with self.open_input(path) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


def _link(temporary: Path, local: Path, path: str) -> None:
    try:
        os.link(temporary, local)
    except FileExistsError as error:  # here alone: a folder that cannot be made, of a mount that drops, raises it too
        raise NameTaken(f"there is a published {path} already") from error


def sync_path(path: Path) -> None:
    """Make a local file durable, or a folder's entries: without them, a crash could lose the name of a durable file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
