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

__all__ = ["BoundedLog", "kept_log", "remove_log"]

_CHUNK = 65536
_DIGITS = 12


class BoundedLog:
    """Written by one thread at a time. Holds up to `max_bytes`: half of them the first, the others the last, in two pieces."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._first = path
        self._max_first, self._max_last = max_bytes // 2, max_bytes // 4
        pieces = _pieces(path)
        self._begin, self._file = _open(pieces[-1] if pieces else path)
        self._size = self._file.tell()

    def write(self, data: bytes) -> None:
        """Add to the end. Raises OSError, as when the disk is full."""
        while data:
            room = max((self._max_last if self._begin else self._max_first) - self._size, 0)
            part = data if len(data) <= room else data[: self._fitting(data, room)]
            self._file.write(part)
            self._size += len(part)
            data = data[len(part) :]
            if data:
                self._begin_piece()

    def _fitting(self, data: bytes, room: int) -> int:
        """Return the bytes that still go into this piece: whole lines, or what fits of a line longer than a piece."""
        return data.rfind(b"\n", 0, room) + 1 or (0 if self._size else room)

    def _begin_piece(self) -> None:
        full = self._file
        begin = self._begin + self._size
        self._begin, self._file = _open(self._first.with_name(f"{self._first.name}.{begin:0{_DIGITS}}"))
        self._size = 0
        full.close()
        for old in _pieces(self._first)[1:-2]:
            old.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
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
