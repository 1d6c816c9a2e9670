"""Faults of disks: some need no privilege; those of a disk that is mounted for a test do."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.processes import descendants, wait_until


@contextmanager
def no_file_grows_beyond(size: int) -> Generator[None]:
    """Let no file be written beyond this size, by this process or one below it: a quota."""
    before: dict[int, tuple[int, int]] = {}
    for pid in [os.getpid(), *(process.pid for process in descendants())]:
        with suppress(ProcessLookupError, PermissionError):
            before[pid] = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[pid][1]))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def read_only(folder: Path) -> Generator[None]:
    """Let nothing be written in a folder and below. The superuser, whom permissions do not bind, is nobody meanwhile."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    outer = {path: path.stat().st_mode for path in folder.parents if path.is_relative_to(folder.parents[-2])}
    is_root = os.geteuid() == 0
    for path, mode in modes.items():
        path.chmod(0o555 if path.is_dir() else mode & 0o444 | 0o444)
    if is_root:
        for path, mode in outer.items():
            path.chmod(mode | 0o055)
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
            for path, mode in outer.items():
                path.chmod(mode)
        for path, mode in modes.items():
            path.chmod(mode)


def _done(*command: str) -> bool:
    with suppress(OSError):
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    return False


def _may_mount() -> bool:
    with TemporaryDirectory() as folder:
        mounted = _done("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
        return mounted and _done("umount", folder)


MAY_MOUNT = _may_mount()
needs_mounts = pytest.mark.skipif(not MAY_MOUNT, reason="mounts a disk for the test, which needs CAP_SYS_ADMIN")


@dataclass
class SmallDisk:
    """A folder that is a mounted disk of its own, which stays elsewhere while it is taken away from its place."""

    path: Path
    behind: Path
    """The same disk in a place where it always is."""

    def fill(self, spare: int = 0) -> None:
        """Leave no room, but for `spare` bytes, whatever else is written meanwhile."""
        with self._ballast.open("wb") as file:
            while True:
                free = os.statvfs(self.behind).f_bavail * os.statvfs(self.behind).f_frsize
                if free == 0:
                    break
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size + free)
            file.truncate(max(os.fstat(file.fileno()).st_size - spare, 0))

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.behind.parent / "ballast"

    def forbid_writing(self) -> None:
        """Mount it read-only, as soon as nobody has a file open for writing."""
        wait_until(lambda: _done("mount", "-o", "remount,bind,ro", str(self.path)), pause=0.002)

    def permit_writing(self) -> None:
        """Mount it for writing."""
        assert _done("mount", "-o", "remount,bind,rw", str(self.path))

    def vanish(self) -> None:
        """Leave the empty folder that it was mounted on; files that are open stay so."""
        assert _done("umount", "--lazy", str(self.path))

    def come_back(self) -> None:
        """Mount it again."""
        assert _done("mount", "--bind", str(self.behind), str(self.path))


@contextmanager
def small_disk(path: Path, megabytes: int = 16) -> Generator[SmallDisk]:
    """Mount a disk of this size on a new folder for the block."""
    below = path.with_name(f"{path.name}-disk")
    for folder in (path, below):
        folder.mkdir(parents=True)
    assert _done("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(below))
    disk = SmallDisk(path, below / "content")
    try:
        disk.behind.mkdir()
        disk.come_back()
        yield disk
    finally:
        while _done("umount", "--lazy", str(path)):
            pass
        _done("umount", "--lazy", str(below))


@contextmanager
def full(disk: SmallDisk, spare: int = 0) -> Generator[None]:
    """Leave no room on a disk for the block, but for `spare` bytes."""
    disk.fill(spare)
    try:
        yield
    finally:
        disk.empty()


AWAY = ["root missing", "root empty", "folder missing", "folder empty"]


@contextmanager
def away(root: Path, folder: str, how: str) -> Generator[None]:
    """Move a storage, or a folder in it, away for a while, as when a mount drops. `how`: one of `AWAY`."""
    which, _, left = how.partition(" ")
    path = root if which == "root" else root / folder
    moved = path.with_name(f"moved-{path.name}")
    path.rename(moved)
    if left == "empty":
        path.mkdir()
    try:
        yield
    finally:
        if left == "empty":
            path.rmdir()  # fails if anything was written there meanwhile
        moved.rename(path)
