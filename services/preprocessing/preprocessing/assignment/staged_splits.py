"""The split of each row, staged by the pass over the classes for the analysis, which then divides no row a second time.

Two files per range of the source: a byte per row, 1 train, 2 validation, 3 test, 0 none; and where a time decides, the day of
each row, int32.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np

from contracts.dataset.data_folder import DataFolder
from preprocessing.assignment.splitters.base import Divided
from sources.arrays import Array


def write_splits(folder: DataFolder, part: int, batches: Sequence[Divided]) -> None:
    """Write the splits of a range's rows, batch by batch. A repeated task replaces an earlier attempt's files."""
    _write(folder, _path(folder, part, "splits"), [batch.codes for batch in batches])
    _write(folder, _path(folder, part, "days"), [batch.days for batch in batches if batch.days is not None])


def read_splits(folder: DataFolder, part: int) -> Divided:
    """Return the splits of a range's rows, and their days where these were written."""
    codes = np.frombuffer(folder.files.map(_path(folder, part, "splits")), np.uint8)
    days = np.frombuffer(folder.files.map(_path(folder, part, "days")), np.int32)
    return Divided(codes, days if len(days) else None)


def _write(folder: DataFolder, path: str, arrays: Sequence[Array]) -> None:
    written = f"{path}-{secrets.token_hex(4)}"
    with folder.files.open_output(written) as stream:
        for array in arrays:
            stream.write(array.tobytes())
    folder.files.move(written, path)


def _path(folder: DataFolder, part: int, name: str) -> str:
    return f"{folder.staging}/{name}-{part:05d}"
