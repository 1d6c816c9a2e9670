"""Ranges of TFRecord files: cut between records, which one pass over the lengths in the file finds.

A length cannot be recognized in the middle of a file (a message may hold records itself), so the pass begins at the first
record. It reads blocks, and skips those inside one message.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.source import TfRecordFiles
from preprocessing.kernels.record_lengths import HEADER, records_until
from preprocessing.planning.file_bytes import Content
from sources.columnar.tfrecord.framing import codec_of, damaged_length, truncated
from sources.text.text_streams import TO_THE_END

_BLOCK_BYTES = 4 << 20
_MARKS = 4096
"""Starts that are noted of a small file; of a larger one there is one in each `_LARGEST_STEP`."""
_LARGEST_STEP = 1 << 16


@dataclass(frozen=True)
class RecordStarts:
    """Bytes at which records of a file begin, spread over it, and the end of the last; one pair for a compressed file."""

    index: int
    starts: Sequence[int]

    def ranges(self, size: int) -> list[SourceRange]:
        """Return ranges of about `size` bytes."""
        if self.starts[-1] == TO_THE_END:
            return [SourceRange(file=self.index, start=0, end=TO_THE_END)]
        end = self.starts[-1]
        cuts = {self.starts[bisect_left(self.starts, cut)] for cut in range(0, end, size)}
        return [SourceRange(file=self.index, start=start, end=stop) for start, stop in pairwise(sorted({*cuts, end}))]


def record_starts(source: TfRecordFiles, files: Sequence[SourceFile]) -> list[RecordStarts]:
    """Return the starts of records in each file. Raises `UnreadableFile` for a damaged length and a truncated record."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_starts, [source] * len(files), files, range(len(files))))


def _starts(source: TfRecordFiles, file: SourceFile, index: int) -> RecordStarts:
    if codec_of(source, file.uri) is not None:
        return RecordStarts(index, [0, TO_THE_END])
    content = Content(file)
    step = max(1, min(_LARGEST_STEP, file.bytes // _MARKS))
    noted = np.empty(max(_MARKS, file.bytes // step) + 2, np.int64)
    position = last = passed = count = mark = 0
    while position + HEADER <= file.bytes:
        block_start = position
        block = content.array(block_start, min(_BLOCK_BYTES, file.bytes - block_start))
        before = count
        passed_last, reached, records, count, mark, is_sound = records_until(
            block.ctypes.data, len(block), 0, step, noted, count, mark - block_start
        )
        noted[before:count] += block_start
        mark += block_start
        last, position = block_start + int(passed_last), block_start + int(reached)
        passed += int(records)
        if not is_sound:
            raise damaged_length(file, passed + 1, position)
    if position > file.bytes:
        raise truncated(file, passed, last, position - file.bytes)
    if position < file.bytes:
        raise truncated(file, passed + 1, position, position + HEADER - file.bytes)
    return RecordStarts(index, [*noted[:count].tolist(), file.bytes])
