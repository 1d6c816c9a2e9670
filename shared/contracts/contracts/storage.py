"""Bytes under a root, local or remote, through `pyarrow.fs`; and the one way in which anything becomes visible.

Whatever is published consists of data files, written first under names that nobody looks for, and one manifest, written
last: to a temporary name, flushed to disk, then linked to its final name, which fails if that name is taken.
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

_CHUNK = 8 << 20
_DELETE_ATTEMPTS = 20
_SYNCS = 16


@dataclass(frozen=True)
class Storage:
    """A folder, here or in an object store. Paths are relative to it, with forward slashes."""

    uri: str
    makes_folders: bool = True
    """Whether writing makes the folders on the way. Without it, whoever writes late, into a folder that was removed in the
    meantime, fails instead of bringing it back."""

    @property
    def _opened(self) -> tuple[fs.FileSystem, str]:
        if "://" in self.uri:
            filesystem, root = fs.FileSystem.from_uri(self.uri)
            return filesystem, root
        return fs.LocalFileSystem(), os.path.join(os.getcwd(), self.uri)  # noqa: PTH118, PTH109  tasks ask some hundred times

    def _locate(self, path: str) -> tuple[fs.FileSystem, str]:
        if path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"a path in storage is relative and stays inside. Received: {path!r}")
        filesystem, root = self._opened
        return filesystem, f"{root.rstrip('/')}/{path}" if path else root

    def local_path(self, path: str = "") -> Path | None:
        """Where the file is on this machine; None in a remote store."""
        filesystem, full = self._locate(path)
        return Path(full) if isinstance(filesystem, fs.LocalFileSystem) else None

    def inside(self, folder: str) -> Storage:
        """The same store, seen from one of its folders."""
        self._locate(folder)
        return Storage(f"{self.uri.rstrip('/')}/{folder}", self.makes_folders)

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""
        filesystem, full = self._locate(path)
        return filesystem.get_file_info(full).type != fs.FileType.NotFound

    def folders(self, path: str) -> list[str]:
        """The names of the folders directly in a folder, sorted, without hidden ones; none where it is not there."""
        return self._names(path, fs.FileType.Directory)

    def files(self, path: str) -> list[str]:
        """The names of the files directly in a folder, sorted, without hidden ones; none where it is not there."""
        return self._names(path, fs.FileType.File)

    def hidden(self, path: str) -> list[str]:
        """The names of the files and folders directly in a folder that begin with a dot, sorted; none where it is not there."""
        return sorted(info.base_name for info in self._inside(path) if info.base_name.startswith("."))

    def _names(self, path: str, kind: fs.FileType) -> list[str]:
        found = self._inside(path)
        return sorted(info.base_name for info in found if info.type == kind and not info.base_name.startswith("."))

    def _inside(self, path: str, *, recursive: bool = False) -> list[fs.FileInfo]:
        filesystem, full = self._locate(path)
        return filesystem.get_file_info(fs.FileSelector(full, allow_not_found=True, recursive=recursive))

    def changed(self, path: str) -> float:
        """When a file or folder changed last, or anything in it, in seconds since the epoch; 0 where no one knows."""
        filesystem, full = self._locate(path)
        found = filesystem.get_file_info([full])
        if found[0].type == fs.FileType.Directory:
            found += self._inside(path, recursive=True)
        return max((info.mtime_ns or 0) / 1e9 for info in found)

    def sizes(self, path: str) -> dict[str, int]:
        """The bytes of every file in a folder and the folders in it, by path, hidden ones too; none where it is not there."""
        filesystem, full = self._locate(path)
        found = filesystem.get_file_info(fs.FileSelector(full, allow_not_found=True, recursive=True))
        return {
            f"{path}/{info.path[len(full) :].lstrip('/')}": info.size for info in found if info.type == fs.FileType.File
        }

    def stamp(self, path: str) -> str:
        """A text that changes when a file in a folder does, or in those below it: their names, sizes and times of change."""
        filesystem, full = self._locate(path)
        found = filesystem.get_file_info(fs.FileSelector(full, allow_not_found=True, recursive=True))
        files = sorted((info.path, info.size, info.mtime_ns) for info in found if info.type == fs.FileType.File)
        return hashlib.sha256(repr(files).encode()).hexdigest()

    def read(self, path: str) -> bytes:
        """The whole file. Raises `NotFound`."""
        with self.open_input(path) as stream:
            return stream.read()

    def map(self, path: str) -> pa.Buffer:
        """The whole file as a buffer: mapped into memory where it is local. Raises `NotFound`."""
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
        """The file, opened for random access. Raises `NotFound`."""
        filesystem, full = self._locate(path)
        try:
            stream = filesystem.open_input_file(full)
        except FileNotFoundError as error:
            raise NotFound(f"no such file in storage: {path}") from error
        with stream:
            yield stream

    @contextmanager
    def open_output(self, path: str) -> Generator[BinaryIO]:
        """A new file, not yet published: the caller sees to it that nobody looks here."""
        filesystem, full = self._locate(path)
        self._make_way(filesystem, full)
        with filesystem.open_output_stream(full) as stream:
            yield cast("BinaryIO", stream)

    def _make_way(self, filesystem: fs.FileSystem, full: str) -> None:
        if self.makes_folders:
            filesystem.create_dir(full.rpartition("/")[0], recursive=True)

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it; nothing happens where there is one."""
        filesystem, full = self._locate(path)
        filesystem.create_dir(full, recursive=True)

    def write(self, path: str, data: bytes) -> None:
        """Write or replace a file, durably, so that a reader sees the old bytes or the new ones, never a part."""
        self._write(path, data, replace=True)

    def stage(self, path: str, data: bytes) -> None:
        """Write or replace a file as `write` does, but not yet durably: `sync_all` makes many durable at once."""
        self._write(path, data, replace=True, durable=False)

    def publish(self, path: str, data: bytes) -> None:
        """Write a file that must not be there yet, durably and at once. Raises `NameTaken`, and then changes nothing."""
        self._write(path, data, replace=False)

    def _write(self, path: str, data: bytes, *, replace: bool, durable: bool = True) -> None:
        local = self.local_path(path)
        if local is None:
            # Object stores show an object only when it is complete; the job table keeps two writers apart.
            if not replace and self.exists(path):
                raise NameTaken(f"there is a published {path} already")
            with self.open_output(path) as stream:
                stream.write(data)
            return
        if self.makes_folders:
            local.parent.mkdir(parents=True, exist_ok=True)
        temporary = local.with_name(f".{local.name}.{secrets.token_hex(6)}")
        try:
            with temporary.open("wb") as stream:
                stream.write(data)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            if replace:
                temporary.replace(local)
            else:
                os.link(temporary, local)
        except FileExistsError as error:
            raise NameTaken(f"there is a published {path} already") from error
        finally:
            temporary.unlink(missing_ok=True)
        if durable:
            sync_path(local.parent)

    def move(self, source: str, target: str) -> None:
        """Rename a file that is not published yet."""
        filesystem, full_source = self._locate(source)
        _, full_target = self._locate(target)
        self._make_way(filesystem, full_target)
        filesystem.move(full_source, full_target)

    def sync(self, path: str) -> None:
        """Make a written file durable; a remote store has made it so already."""
        local = self.local_path(path)
        if local is not None:
            with local.open("rb") as stream:
                os.fsync(stream.fileno())

    def write_back(self, path: str) -> None:
        """Have what a local file holds so far brought to disk in the background, and give up the memory of what is there already.

        So `sync_all` need not wait long, and a file larger than memory pushes nothing else out of it. Only Linux does either.
        """
        local = self.local_path(path)
        if local is not None and hasattr(os, "posix_fadvise"):
            with local.open("rb") as stream:
                # Linux starts to write pages that are dirty, and frees those that are clean.
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def sync_all(self, paths: Sequence[str]) -> None:
        """Make written files durable, side by side, and then the folders that name them."""
        if self.local_path() is None:
            return
        with ThreadPoolExecutor(_SYNCS) as threads:
            list(threads.map(self.sync, paths))
            folders = {folder for path in paths for folder in [self.local_path(path)] if folder is not None}
            list(threads.map(sync_path, {folder.parent for folder in folders}))

    @contextmanager
    def syncing(self, paths: Sequence[str]) -> Generator[None]:
        """`sync_all`, while something else is done; over when the block is."""
        with ThreadPoolExecutor(1) as thread:
            synced = thread.submit(self.sync_all, paths)
            yield
            synced.result()

    def delete(self, path: str) -> None:
        """Remove a file, or a folder and all that is in it; nothing happens where there is neither."""
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
        """Remove a folder and all that is in it, even while others still write there; nothing happens where there is none."""
        filesystem, full = self._locate(path)
        if filesystem.get_file_info(full).type != fs.FileType.Directory:
            return
        if isinstance(filesystem, fs.LocalFileSystem):
            # Out of the way at once, so that whoever still writes finds no folder; then emptied at leisure.
            hidden = Path(full).with_name(f".{Path(full).name}.{secrets.token_hex(6)}")
            try:
                Path(full).rename(hidden)
            except FileNotFoundError:  # someone else has removed it just now
                return
            full = str(hidden)
        for attempt in range(_DELETE_ATTEMPTS):
            try:
                filesystem.delete_dir(full)
            except OSError:  # a file that was being written appeared while the folder was being emptied
                if attempt == _DELETE_ATTEMPTS - 1:
                    raise
                time.sleep(0.05)
            else:
                return

    def delete_empty_folder(self, path: str) -> None:
        """Remove a local folder if nothing is in it; a remote store has no empty folders."""
        local = self.local_path(path)
        if local is not None:
            with suppress(OSError):  # not empty, or not there
                local.rmdir()

    def size(self, path: str) -> int:
        """The file's length in bytes. Raises `NotFound`."""
        with self.open_input(path) as stream:
            return stream.size()

    def sha256(self, path: str) -> str:
        """The file's SHA-256 in hex. Raises `NotFound`."""
        digest = hashlib.sha256()
        with self.open_input(path) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


def sync_path(path: Path) -> None:
    """Make a local file durable, or the entries of a folder: without those, a crash could lose the name of a durable file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
