"""Split, label and weight of each row of a range: 5 to 13 bytes per row, so that they are computed only once.

Training from the raw source (records `none`) reads these in step with the source's rows. One Arrow IPC file per range, with one
batch per batch of the source: `split` uint8 (0 left out, then `SPLIT_NAMES`), `label` float32, or float64 of a
regression (NaN if missing), and, if rows have weights, `weight` float32 (NaN in a row that is left out).
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import Artifact
from sources.arrays import Float32s, Floats, Uint8s


class RowsWriter:
    """Writes the file of one range. Use as a context manager; holds one batch at a time; nothing is visible before `finish`."""

    def __init__(self, folder: DataFolder, path: str, *, label: pa.DataType, weighted: bool = False) -> None:
        """`label`: the type of the labels."""
        weights = [("weight", pa.float32())] if weighted else []
        self._schema = pa.schema([("split", pa.uint8()), ("label", label), *weights])
        self._files = folder.files
        self._path = path
        self._written = f"{folder.staging}/{path.rpartition('/')[2]}-{secrets.token_hex(4)}"
        self._open = ExitStack()

    def __enter__(self) -> Self:
        stream = self._open.enter_context(self._files.open_output(self._written))
        self._writer: Any = self._open.enter_context(pa.ipc.new_file(stream, self._schema))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def write(self, codes: Uint8s, labels: Floats, weights: Float32s | None = None) -> None:
        """Append a batch's rows; `weights` only if the file was opened as weighted."""
        columns = [codes, labels, *([weights] if weights is not None else [])]
        self._writer.write_batch(pa.record_batch([pa.array(column) for column in columns], schema=self._schema))

    def finish(self) -> Artifact:
        """Close the file, rename it and return its description; the job makes it durable before publishing it."""
        self._open.close()
        self._files.move(self._written, self._path)
        return Artifact(path=self._path, bytes=self._files.size(self._path), sha256=self._files.sha256(self._path))
