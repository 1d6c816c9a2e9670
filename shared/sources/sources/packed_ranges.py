"""Ranges as tasks get them: numbers in one array, since each task of a job gets all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.dataset.manifest import SourceRange
from sources.arrays import Int64s
from sources.packed_sequence import PackedSequence


class PackedRanges(PackedSequence[SourceRange]):
    """Ranges of a source as int64 [ranges, 3]: file, start, end. Takes 24 bytes a range, and no time to be unpickled."""

    def __init__(self, ranges: Sequence[SourceRange]) -> None:
        rows = [(part.file, part.start, part.end) for part in ranges]
        self._numbers: Int64s = np.array(rows, np.int64).reshape(len(rows), 3)

    def __len__(self) -> int:
        """Return the number of ranges."""
        return len(self._numbers)

    def item(self, index: int) -> SourceRange:
        """Return one range."""
        file, start, end = self._numbers[index].tolist()
        return SourceRange(file=file, start=start, end=end)
