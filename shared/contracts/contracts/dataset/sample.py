"""A few rows of a dataset with their raw values from the source, and their positions in the dataset's records.

They serve to check an exported model for training/serving skew, even if the records hold only transformed values and the source
is gone. One Arrow IPC file: `split` uint8 (1 train, 2 validation, 3 test), `position` int64, the row's index among the rows of
its split, from 0, in the order of the records; then a column per feature, in schema order, and one per column that only computed
features read: int64, float64 or binary as the source was read, null where the value is missing. The rows' labels are in the
schema's metadata, as base64 of float64, where readers of earlier releases do not look.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.errors import CorruptData
from contracts.schema import SPLIT_NAMES, SplitName

_PLACE = [("split", pa.uint8()), ("position", pa.int64())]
_LABELS = b"tandem.labels"


@dataclass(frozen=True)
class Sample:
    """Raw rows, ordered by split and position."""

    codes: npt.NDArray[np.uint8]
    """Split of each row, [rows]: 1 for the first of `SPLIT_NAMES`."""
    positions: npt.NDArray[np.int64]
    """Position of each row in its split, [rows]."""
    features: pa.RecordBatch
    labels: npt.NDArray[np.float64] | None = None
    """Label of each row, [rows]: a number, or a class's id; None in datasets of earlier releases."""

    def __len__(self) -> int:
        return len(self.codes)

    def split(self, row: int) -> SplitName:
        """Return the split of one row."""
        return SPLIT_NAMES[int(self.codes[row]) - 1]

    def to_bytes(self) -> bytes:
        """Return the Arrow IPC file."""
        schema = pa.schema([*(pa.field(name, kind) for name, kind in _PLACE), *self.features.schema])
        if self.labels is not None:
            schema = schema.with_metadata({_LABELS: b64encode(self.labels.astype("<f8").tobytes())})
        columns = [pa.array(self.codes), pa.array(self.positions), *self.features.columns]
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, schema) as out:
            out.write_batch(pa.record_batch(columns, schema=schema))
        return sink.getvalue().to_pybytes()

    @classmethod
    def from_buffer(cls, data: pa.Buffer, what: str) -> Sample:
        """Read an Arrow IPC file. Raises `CorruptData`, naming `what`, for other bytes."""
        try:
            batch = pa.ipc.open_file(data).get_batch(0)
            codes, positions, *features = batch.columns
            labels = (batch.schema.metadata or {}).get(_LABELS)
            rest = pa.schema(list(batch.schema)[len(_PLACE) :])
            return cls(
                cast("npt.NDArray[np.uint8]", codes.to_numpy()),
                cast("npt.NDArray[np.int64]", positions.to_numpy()),
                pa.record_batch(features, schema=rest),
                None if labels is None else np.frombuffer(b64decode(labels), "<f8"),
            )
        except (pa.ArrowException, OSError, ValueError) as error:
            raise CorruptData(f"{what} does not hold rows of a dataset: {error}") from error
