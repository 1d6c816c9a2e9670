"""A source file's bytes, a block at a time: looking through a file of any size takes a few MiB, wherever it is."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import numpy.typing as npt

from contracts.dataset import SourceFile
from sources.files.resolve_sources import filesystem_of

_BLOCK_BYTES = 4 << 20
_WINDOW_BYTES = 1 << 16

Bytes = npt.NDArray[np.uint8]


class Content:
    """Reads at any position; several threads may do so at once. `len` is the file's length in bytes."""

    def __init__(self, file: SourceFile) -> None:
        filesystem, path = filesystem_of(file.uri)
        self._file = filesystem.open_input_file(path)
        self._bytes = file.bytes

    def __len__(self) -> int:
        return self._bytes

    def read(self, start: int, size: int) -> bytes:
        """`size` bytes from `start`; fewer at the end of the file."""
        return self._file.read_at(size, start)

    def array(self, start: int, size: int) -> Bytes:
        """The same as uint8 [size]."""
        return np.frombuffer(self.read(start, size), np.uint8)

    def blocks(self, start: int, end: int) -> Generator[bytes]:
        """What is between the two positions, in order."""
        for at in range(start, end, _BLOCK_BYTES):
            yield self.read(at, min(_BLOCK_BYTES, end - at))

    def find(self, mark: bytes, start: int) -> int:
        """Where the byte `mark` is first, at or behind `start`; -1 if it is not."""
        for at in range(start, len(self), _WINDOW_BYTES):
            found = self.read(at, _WINDOW_BYTES).find(mark)
            if found >= 0:
                return at + found
        return -1
