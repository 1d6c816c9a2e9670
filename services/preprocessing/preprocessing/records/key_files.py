"""Key hashes of a range's training rows, 4 bytes each: see `contracts.dataset.key_hashes`."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.key_hashes import KEY_HASHES
from contracts.dataset.manifest import Artifact
from sources.arrays import Uint8s, Uint64s

_TRAIN = 1


class KeysWriter:
    """Writes the file of one range. Use as a context manager; holds one batch at a time; nothing is visible before `finish`."""

    def __init__(self, folder: DataFolder, source_range: int) -> None:
        self._files = folder.files
        self._path = folder.keys(source_range)
        self._written = f"{folder.staging}/keys-{source_range:05d}-{secrets.token_hex(4)}"
        self._open = ExitStack()

    def __enter__(self) -> Self:
        stream = self._open.enter_context(self._files.open_output(self._written))
        self._writer: Any = self._open.enter_context(pa.ipc.new_file(stream, KEY_HASHES))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def write(self, hashes: Uint64s, codes: Uint8s) -> None:
        """Append the hashes of those rows that are of the training split. `codes`: their splits, uint8 [rows]."""
        upper = (hashes[codes == _TRAIN] >> np.uint64(32)).astype(np.uint32)
        self._writer.write_batch(pa.record_batch([pa.array(upper)], schema=KEY_HASHES))

    def finish(self) -> Artifact:
        """Close the file, rename it and return its description; the job makes it durable before publishing it."""
        self._open.close()
        self._files.move(self._written, self._path)
        return Artifact(path=self._path, bytes=self._files.size(self._path), sha256=self._files.sha256(self._path))
