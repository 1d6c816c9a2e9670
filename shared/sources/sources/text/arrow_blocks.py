"""Text in the blocks that Arrow's CSV reader takes whole: it drops bytes at the edges of others."""

from __future__ import annotations

import io
from typing import BinaryIO

from sources.text.encodings import BOM

_MORE_BYTES = 64


class ArrowBlocks(io.RawIOBase):
    """A stream of text for Arrow's CSV reader, which reads it block by block.

    Arrow drops a line feed at the start of a block after a carriage return, even if both are quoted: here no block but the last
    ends with a carriage return. It drops a byte order mark at the start of the text, which here is the start of a field: the text
    begins with another one.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._is_start = True

    def readable(self) -> bool:
        """Return true."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next block: of `size` bytes, and as many as follow until one of them is not a carriage return."""
        block, more = self._stream.read(size), _MORE_BYTES
        while block.endswith(b"\r") and (rest := self._stream.read(more)):
            block, more = block + rest, 2 * more
        if self._is_start and block.startswith(BOM):
            block = BOM + block
        self._is_start = False
        return block
