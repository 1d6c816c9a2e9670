"""Faults of disks that need no privilege."""

from __future__ import annotations

import os
import resource
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.processes import descendants


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
