"""Text in any encoding to UTF-8, as the parsers require.

Three kinds of encodings:

- *UTF-8* is passed on unchanged, valid or not.
- A *superset of ASCII* (Latin-1, the Windows and ISO pages, EUC-KR): bytes below 128 are ASCII characters wherever they occur, so
  a file can be split at line breaks in its bytes, and each part decoded independently.
- *Any other* (UTF-16, UTF-32, EUC-JP, Shift JIS, GB 18030, EBCDIC): a file is decoded from its start, as a stream.
"""

from __future__ import annotations

import codecs
import io
import re
from functools import cache
from typing import BinaryIO, cast

BOM = codecs.BOM_UTF8
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ESCAPED_BYTE = re.compile(rb"\xed[\xb2\xb3][\x80-\xbf]")
"""Matches an undecodable byte in text that was decoded with `surrogateescape` and encoded with `surrogatepass`."""
_CHUNK = 1 << 20


def is_utf8(encoding: str) -> bool:
    """Return true for any of the names of UTF-8."""
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


@cache
def is_superset_of_ascii(encoding: str) -> bool:
    """Return true if bytes below 128 always stand for ASCII characters; determined by decoding every pair of bytes."""
    ascii_bytes = bytes(range(128))
    try:
        if ascii_bytes.decode(encoding) != ascii_bytes.decode("ascii"):
            return False
        pairs = (bytes([high, low]).decode(encoding, "replace") for high in range(128, 256) for low in range(128))
        return all(pair[-1:] == chr(index % 128) for index, pair in enumerate(pairs))
    except UnicodeDecodeError:
        return False


def is_cut_in_bytes(encoding: str) -> bool:
    """Return true if parts of a file can be decoded independently."""
    return is_utf8(encoding) or is_superset_of_ascii(encoding)


class Utf8Stream(io.RawIOBase):
    """A stream of bytes, transcoded to UTF-8. Reading raises `UnicodeDecodeError` for bytes that are invalid in the encoding."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._held = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer from at most one non-empty read of the stream. Return the number of bytes; 0 at the end."""
        target = memoryview(cast("bytearray", buffer)).cast("B")
        while not self._held and not self._ended:
            data = self._stream.read(_CHUNK)
            self._ended = not data
            self._held = memoryview(self._decoder.decode(data, final=self._ended).encode())
        size = min(len(target), len(self._held))
        target[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def close(self) -> None:
        """Close this stream and the underlying one."""
        self._stream.close()
        super().close()
