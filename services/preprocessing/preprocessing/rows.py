"""Split and label of each row of a range, beside the data: 5 bytes a row that spare computing them twice.

Training from the raw source (records `none`) reads these in step with the source's rows. One Arrow IPC file per range, a batch
per batch of the source: `split` uint8 (0 left out, then `SPLIT_NAMES`), `label` float32 (NaN where there is none).
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.dataset import Artifact, DataFolder
from contracts.storage import Storage

SCHEMA = pa.schema([("split", pa.uint8()), ("label", pa.float32())])

Uint8s = npt.NDArray[np.uint8]
Float32s = npt.NDArray[np.float32]


class RowsWriter:
    """The file of one range. Use as a context manager; holds one batch at a time, and shows nothing before `finish`."""

    def __init__(self, folder: DataFolder, path: str) -> None:
        self._files = folder.files
        self._path = path
        self._written = f"{folder.staging}/{path.rpartition('/')[2]}-{secrets.token_hex(4)}"
        self._open = ExitStack()

    def __enter__(self) -> Self:
        stream = self._open.enter_context(self._files.open_output(self._written))
        self._writer: Any = self._open.enter_context(pa.ipc.new_file(stream, SCHEMA))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def write(self, codes: Uint8s, labels: Float32s) -> None:
        """Append a batch's rows."""
        self._writer.write_batch(pa.record_batch([pa.array(codes), pa.array(labels)], schema=SCHEMA))

    def finish(self) -> Artifact:
        """Close the file, make it durable, give it its name, and say what it is."""
        self._open.close()
        self._files.sync(self._written)
        self._files.move(self._written, self._path)
        return Artifact(path=self._path, bytes=self._files.size(self._path), sha256=self._files.sha256(self._path))


def read_labels(files: Storage, path: str) -> Float32s:
    """The labels of a range's rows: float32 [rows]."""
    labels = pa.ipc.open_file(files.map(path)).read_all().column("label")
    return labels.to_numpy()
