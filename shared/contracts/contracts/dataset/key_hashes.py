"""Hashes of the `split_key` of training rows, so that folds of a training keep rows of one key together.

One Arrow IPC file per range of the source, with one column `key`, uint32: the upper half of the 64-bit hash that a `split_key` is
divided by, of each row of the training split in the order of the records. Rows of different keys with equal hashes share a fold,
which does no harm.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.dataset.published import Dataset
from contracts.errors import CorruptData

KEY_HASHES = pa.schema([("key", pa.uint32())])


def read_key_hashes(dataset: Dataset) -> npt.NDArray[np.uint32]:
    """Return the hash of each training row's key, uint32 [rows]. Raises `CorruptData` for other files than those published."""
    rows = dataset.manifest.splits["train"].rows
    parts = [np.empty(0, np.uint32)]
    for artifact in dataset.manifest.keys:
        try:
            table = pa.ipc.open_file(dataset.checked(artifact)).read_all()
            parts.append(cast("npt.NDArray[np.uint32]", table.column("key").to_numpy()))
        except (pa.ArrowInvalid, KeyError) as error:
            raise CorruptData(f"dataset {dataset.manifest.name}: {artifact.path} does not hold key: {error}") from error
    hashes = np.concatenate(parts)
    if len(hashes) != rows:
        raise CorruptData(f"dataset {dataset.manifest.name} has {rows} training rows. Received: keys of {len(hashes)}")
    return hashes
