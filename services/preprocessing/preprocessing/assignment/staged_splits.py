"""The split of each row, staged by the pass over the classes for the analysis, which then hashes no row a second time.

One file per range of the source: a byte per row, 1 train, 2 validation, 3 test, as `row_splits` returns them.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np

from contracts.dataset.data_folder import DataFolder
from sources.arrays import Uint8s


def write_splits(folder: DataFolder, part: int, codes: Sequence[Uint8s]) -> None:
    """Write the splits of a range's rows, batch by batch. A repeated task replaces an earlier attempt's file."""
    written = f"{folder.staging}/splits-{part:05d}-{secrets.token_hex(4)}"
    with folder.files.open_output(written) as stream:
        for batch in codes:
            stream.write(batch.tobytes())
    folder.files.move(written, _path(folder, part))


def read_splits(folder: DataFolder, part: int) -> Uint8s:
    """Return the splits of a range's rows: uint8 [rows]."""
    return np.frombuffer(folder.files.map(_path(folder, part)), np.uint8)


def _path(folder: DataFolder, part: int) -> str:
    return f"{folder.staging}/splits-{part:05d}"
