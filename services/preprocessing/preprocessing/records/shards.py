"""Records to files: one per split and task, staged under temporary names until the driver publishes them."""

from __future__ import annotations

import gzip
import hashlib
import secrets
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self, cast

from contracts.dataset.data_folder import DataFolder
from contracts.schema import SPLIT_NAMES, SplitName
from sources.arrays import Uint8s

_GZIP_LEVEL = 1  # level 6 took four times as long for files 10 % smaller
_STRETCH = 8 << 20
"""Bytes between two writebacks of a file to disk: at 5,000,000 rows, half of the kernel's time was spent on finding memory for
pages that are not read soon."""


@dataclass(frozen=True)
class StagedShard:
    """A finished file in staging: its entry of the manifest, and its current path."""

    split: SplitName
    source_range: int
    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass
class _Counted:
    """A stream that computes the digest and length of its data, and writes it back before it fills the page cache."""

    stream: BinaryIO
    write_back: Callable[[], None]
    digest: Any = field(default_factory=hashlib.sha256)
    length: int = 0
    in_memory: int = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.stream.write(data)
        self.length += len(data)
        self.in_memory += len(data)
        if self.in_memory >= _STRETCH:
            self.write_back()
            self.in_memory = 0
        return len(data)

    def flush(self) -> None:
        """Gzip flushes what it wraps; the file below is flushed when it is closed."""


class ShardWriter:
    """Writes the record files of one task; a split without rows gets no file. Use as a context manager."""

    def __init__(self, folder: DataFolder, source_range: int, compression: Literal["none", "gzip"]) -> None:
        self._folder = folder
        self._range = source_range
        self._compression = compression
        self._task = secrets.token_hex(4)
        self._files = ExitStack()
        self._open: dict[SplitName, tuple[_Counted, Any]] = {}
        self._rows: dict[SplitName, int] = dict.fromkeys(SPLIT_NAMES, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, error, trace)

    def write(self, split: SplitName, records: Iterable[Uint8s], rows: int) -> None:
        """Append the encoded records of `rows` rows to the split's file, piece by piece."""
        if not rows:
            return
        if split not in self._open:
            self._open[split] = self._create(split)
        for piece in records:
            self._open[split][1].write(piece.data)
        self._rows[split] += rows

    def _path(self, split: SplitName) -> str:
        return self._folder.staged_shard(split, self._range, self._task)

    def _create(self, split: SplitName) -> tuple[_Counted, Any]:
        path, files = self._path(split), self._folder.files
        counted = _Counted(self._files.enter_context(files.open_output(path)), partial(files.write_back, path))
        if self._compression == "none":
            return counted, counted
        sink = gzip.GzipFile(
            filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=cast("BinaryIO", counted), mtime=0
        )
        self._files.push(sink)
        return counted, sink

    def finish(self) -> list[StagedShard]:
        """Close the files and return their descriptions; the job makes them durable before publishing them."""
        self._files.close()
        for split in self._open:
            self._folder.files.write_back(self._path(split))
        return [
            StagedShard(
                split, self._range, self._path(split), self._rows[split], counted.length, counted.digest.hexdigest()
            )
            for split, (counted, _) in self._open.items()
        ]
