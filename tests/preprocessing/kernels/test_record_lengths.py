"""Records are followed by their lengths, as far as their headers are in the block; a damaged length ends it."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from preprocessing.kernels.record_lengths import records_until
from sources.crc32c import crc32c_of_words, masked

SIZES = [5, 0, 300, 12]


def record(size: int) -> bytes:
    checksum = int(masked(crc32c_of_words(np.array([size], np.uint64)))[0])
    return struct.pack("<QI", size, checksum) + bytes(size + 4)


def followed(data: bytes, step: int) -> tuple[list[int], tuple[int, ...]]:
    block, starts = np.frombuffer(data, np.uint8), np.zeros(10, np.int64)
    last, end, records, count, _, is_sound = records_until(block.ctypes.data, len(block), 0, step, starts, 0, 0)
    return starts[:count].tolist(), (last, end, records, is_sound)


@pytest.mark.parametrize(("step", "expected"), [(1, [0, 21, 37, 353]), (30, [0, 37, 353]), (1000, [0])])
def test_starts_are_noted_once_a_step(step: int, expected: list[int]) -> None:
    assert followed(b"".join(map(record, SIZES)), step) == (expected, (353, 381, 4, True))


def test_a_block_may_end_in_a_message_or_a_header() -> None:
    data = b"".join(map(record, SIZES))
    assert followed(data[:100], 1) == ([0, 21, 37], (37, 353, 3, True))
    assert followed(data[:40], 1) == ([0, 21], (21, 37, 2, True))


def test_a_damaged_length() -> None:
    data = bytearray(b"".join(map(record, SIZES)))
    data[21] ^= 1
    assert followed(bytes(data), 1) == ([0], (0, 21, 1, False))
