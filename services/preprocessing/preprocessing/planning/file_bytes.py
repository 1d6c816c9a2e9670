"""A source file's bytes, a block at a time: scanning a file of any size takes a few MiB of memory, on any file system."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from contracts.dataset.manifest import SourceFile
from sources.arrays import Uint8s
from sources.files.resolve_sources import filesystem_of

_BLOCK_BYTES = 4 << 20
_WINDOW_BYTES = 1 << 16

Bytes = Uint8s


class Content:
    """Reads at any position; several threads may do so at once. `len` is the file's length in bytes."""

    def __init__(self, file: SourceFile) -> None:
        filesystem, path = filesystem_of(file.uri)
        self._file = filesystem.open_input_file(path)
        self._bytes = file.bytes

    def __len__(self) -> int:
        return self._bytes

    def read(self, start: int, size: int) -> bytes:
        """Return `size` bytes from `start`; fewer at the end of the file."""
        return self._file.read_at(size, start)

    def array(self, start: int, size: int) -> Bytes:
        """Return `size` bytes from `start` as uint8 [size]; fewer at the end of the file."""
        return np.frombuffer(self.read(start, size), np.uint8)

    def blocks(self, start: int, end: int) -> Generator[bytes]:
        """Yield the bytes from `start` to `end` in blocks, in order."""
        for position in range(start, end, _BLOCK_BYTES):
            yield self.read(position, min(_BLOCK_BYTES, end - position))

    def find(self, mark: bytes, start: int) -> int:
        """Return the first position of the byte `mark` at or after `start`; -1 if there is none."""
        for position in range(start, len(self), _WINDOW_BYTES):
            offset = self.read(position, _WINDOW_BYTES).find(mark)
            if offset >= 0:
                return position + offset
        return -1
