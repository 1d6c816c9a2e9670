"""Files that hold secrets: written whole, with mode 600, and not read where others may read them."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from contracts.errors import NotAllowed

__all__ = ["read_private", "write_private"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_private(path: Path) -> str:
    """Return the text of a file. Raises `NotAllowed` for one that others may read or write, and OSError."""
    with path.open(encoding="utf-8") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & _OTHERS:
            raise NotAllowed(f"{path} holds secrets and can be accessed by others (mode {mode:o}): chmod 600 {path}")
        return file.read()


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 600, which appears whole or not at all. Its folder is made if there is none. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp's mode is 600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
