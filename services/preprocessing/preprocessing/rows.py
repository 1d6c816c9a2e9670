"""Split and label of each row of a range, beside the data: 5 bytes a row that spare computing them twice.

Training from the raw source (records `none`) reads these in step with the source's rows; so does the second pass of
records `transformed`. One Arrow IPC file per range: `split` uint8 (0 left out, then `SPLIT_NAMES`), `label` float32.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.dataset import Artifact
from contracts.storage import Storage

SCHEMA = pa.schema([("split", pa.uint8()), ("label", pa.float32())])

Uint8s = npt.NDArray[np.uint8]
Float32s = npt.NDArray[np.float32]


def write_rows(files: Storage, path: str, codes: Sequence[Uint8s], labels: Sequence[Float32s]) -> Artifact:
    """Write the file; rows without a label hold NaN there and 0 as split."""
    columns = [np.concatenate([*codes, np.empty(0, np.uint8)]), np.concatenate([*labels, np.empty(0, np.float32)])]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, SCHEMA) as writer:
        writer.write_batch(pa.record_batch([pa.array(column) for column in columns], schema=SCHEMA))
    data = sink.getvalue()
    files.write(path, data.to_pybytes())
    return Artifact(path=path, bytes=data.size, sha256=hashlib.sha256(data).hexdigest())


def read_rows(files: Storage, path: str) -> tuple[Uint8s, Float32s]:
    """The codes and labels of a range, mapped into memory."""
    batch = pa.ipc.open_file(files.map(path)).get_batch(0)
    return cast("Uint8s", batch.column(0).to_numpy()), cast("Float32s", batch.column(1).to_numpy())
