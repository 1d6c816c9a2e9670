"""A job's log of bounded size: its first and its last bytes. The bytes between are dropped, and a line counts them.

    {job}.log                 from the first byte on
    {job}.log.000033554432    from that byte on; when the newest of these is full, the oldest is removed

A later attempt appends to the log of the one before. Each piece ends with a whole line where it can.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

__all__ = ["BoundedLog", "end_of_log", "has_log", "kept_log", "remove_log"]

_CHUNK = 65536
_DIGITS = 12


class BoundedLog:
    """Written by one thread at a time. Holds up to `max_bytes`: half of them the first, the others the last, in two pieces.

    What cannot be written, as on a full disk, is dropped, and a line counts it once that works again: no job fails for its log.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._first = path
        self._max_first, self._max_last = max_bytes // 2, max_bytes // 4
        self._begin = self._size = self._lost = 0
        self._file: IO[bytes] | None = None
        with contextlib.suppress(OSError):
            self._open()

    def write(self, data: bytes) -> None:
        """Add to the end."""
        own = len(data)
        if self._lost:
            data = f"\n--- {self._lost:,} bytes of this log could not be written ---\n".encode() + data
        written = 0
        try:
            while written < len(data):
                written += self._write_some(memoryview(data)[written:])
        except OSError:
            self._lost += min(own, len(data) - written)
        else:
            self._lost = 0

    def _write_some(self, data: memoryview) -> int:
        """Write the next bytes of at most one piece, and return how many. Raises OSError."""
        file = self._file or self._open()
        room = max((self._max_last if self._begin else self._max_first) - self._size, 0)
        part = len(data) if len(data) <= room else self._fitting(bytes(data[:room]), room)
        written = (file.write(data[:part]) or 0) if part else 0
        self._size += written
        if written == part < len(data):
            self._begin_piece(file)
        return written

    def _fitting(self, data: bytes, room: int) -> int:
        """Return the bytes that still go into this piece: whole lines, or what fits of a line longer than a piece."""
        return data.rfind(b"\n") + 1 or (0 if self._size else room)

    def _open(self) -> IO[bytes]:
        """Open the last piece there is."""
        self._first.parent.mkdir(parents=True, exist_ok=True)
        pieces = _pieces(self._first)
        self._begin, self._file = _open(pieces[-1] if pieces else self._first)
        self._size = self._file.tell()
        return self._file

    def _begin_piece(self, full: IO[bytes]) -> None:
        begin = self._begin + self._size
        self._begin, self._file = _open(self._first.with_name(f"{self._first.name}.{begin:0{_DIGITS}}"))
        self._size = 0
        full.close()
        for old in _pieces(self._first)[1:-2]:
            old.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def kept_log(path: Path) -> Iterator[bytes]:
    """Yield the log in chunks, with a line where bytes were dropped; nothing where there is no log."""
    with contextlib.ExitStack() as stack:
        files: list[tuple[int, IO[bytes]]] = []
        for piece in _pieces(path):
            with contextlib.suppress(FileNotFoundError):  # the job goes on, and has just removed it
                files.append((_begin_of(piece), stack.enter_context(piece.open("rb"))))
        end = 0
        for begin, file in files:
            if begin > end:
                yield f"\n--- {begin - end:,} bytes of this log were not kept ---\n".encode()
            while chunk := file.read(_CHUNK):
                yield chunk
            end = begin + file.tell()


def end_of_log(path: Path, max_bytes: int) -> bytes:
    """Return the last whole lines of the log, at most `max_bytes`; empty where there is no log."""
    end = b""
    for piece in reversed(_pieces(path)):
        with contextlib.suppress(FileNotFoundError), piece.open("rb") as file:
            wanted = max_bytes - len(end)
            size = file.seek(0, 2)
            file.seek(max(size - wanted, 0))
            end = file.read(wanted) + end
            if size >= wanted:
                cut = size > wanted or piece != path
                return end[end.find(b"\n") + 1 :] if cut else end
    return end


def has_log(path: Path) -> bool:
    """Return true if there is a log, even an empty one."""
    return bool(_pieces(path))


def remove_log(path: Path) -> None:
    """Remove the log's files. Safe to call twice."""
    for piece in _pieces(path):
        piece.unlink(missing_ok=True)


def _pieces(path: Path) -> list[Path]:
    """Return the existing pieces in order."""
    later = sorted(path.parent.glob(f"{path.name}.{'[0-9]' * _DIGITS}"))
    return [*([path] if path.exists() else []), *later]


def _begin_of(piece: Path) -> int:
    return int(piece.suffix[1:]) if piece.suffix[1:].isdecimal() else 0


def _open(piece: Path) -> tuple[int, IO[bytes]]:
    file = piece.open("ab", buffering=0)
    return _begin_of(piece), file
