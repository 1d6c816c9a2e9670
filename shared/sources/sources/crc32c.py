"""CRC32C of many messages at once, in numpy: TFRecord files carry it, and neither Python, numpy nor Arrow computes it.

Messages are cut into segments, aligned at the end of each message; all segments advance together, eight bytes a step, by tables
of sixteen bits ("slicing by 8": Kounavis and Berry, "A Systematic Approach to Building High Performance Software-based CRC
Generators", 2005). A CRC is linear, so the segments of a message are joined by a table that appends zeros.
"""

from __future__ import annotations

import sys
from functools import cache

import numpy as np

from sources.arrays import Int64s, Uint8s, Uint32s, Uint64s

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, reflected: RFC 3720, appendix B.4
_ALL = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8
MARGIN = 1024
"""Bytes that `data` must have before its first message and after its last: as many as the longest segment."""
_SEGMENTS = ((64, 16), (4096, 64))
"""Bytes of a segment for messages of fewer bytes on average; longer ones have segments of `MARGIN`."""
_SEGMENTS_AT_ONCE = 8192

if sys.byteorder != "little":
    raise ImportError("TFRecord files are little-endian, and this module reads them as they are")


def gathered(data: Uint8s, positions: Int64s, size: int) -> Uint64s:
    """Return the `size` bytes from each position of `data` (uint8 [bytes]), little-endian: uint64 [positions, size / 8]."""
    cells = np.ndarray((len(data) - size + 1,), f"V{size}", data, strides=(1,))
    return cells[positions].view("<u8").reshape(-1, size // 8)


def masked(checksums: Uint32s) -> Uint32s:
    """Return checksums as TFRecord stores them, rotated and offset. Source: TensorFlow's `core/lib/hash/crc32c.h`."""
    return ((checksums >> np.uint32(15)) | (checksums << np.uint32(17))) + np.uint32(_MASK_DELTA)


def crc32c_of_words(words: Uint64s) -> Uint32s:
    """Return the CRC32C of eight bytes each: uint32 [words]."""
    return _advanced(words ^ np.uint64(_ALL)) ^ np.uint32(_ALL)


def crc32c(data: Uint8s, starts: Int64s, lengths: Int64s) -> Uint32s:
    """Return the CRC32C of each message: uint32 [messages].

    `data` (uint8 [bytes]) holds messages at `starts`, of `lengths` bytes, and `MARGIN` bytes before and after them.
    """
    if not len(starts):
        return np.zeros(0, np.uint32)
    mean = lengths.mean()
    size = next((size for below, size in _SEGMENTS if mean < below), MARGIN)
    counts = np.maximum(-(-lengths // size), 1)
    lasts = np.cumsum(counts)
    firsts = lasts - counts
    to_the_end = lasts.repeat(counts) - np.arange(lasts[-1])  # segments: from the message's number down to 1
    begins = (starts + lengths).repeat(counts) - to_the_end * size
    leads = counts * size - lengths
    kept = _kept(leads, size)
    states = np.zeros(len(begins), np.uint32)
    states[firsts] = _initial(size)[leads]
    for begin in range(0, len(states), _SEGMENTS_AT_ONCE):
        end = min(begin + _SEGMENTS_AT_ONCE, len(states))
        words = gathered(data, begins[begin:end], size)
        here = slice(*np.searchsorted(firsts, [begin, end]))
        words[firsts[here] - begin] &= kept[here]
        state = states[begin:end]
        for step in range(size // 8):
            state = _advanced(words[:, step] ^ state)
        states[begin:end] = state
    return _joined(states, firsts, counts, size) ^ np.uint32(_ALL)


def _kept(leads: Int64s, size: int) -> Uint64s:
    """Return masks of the words of first segments, without the `leads` bytes before each message: uint64 [messages, size / 8]."""
    absent = np.clip(leads[:, None] - np.arange(0, size, 8), 0, 8).astype(np.uint64)
    return np.where(absent == 8, np.uint64(0), ~np.uint64(0) << (absent % np.uint64(8) * np.uint64(8)))


def _joined(states: Uint32s, firsts: Int64s, counts: Int64s, size: int) -> Uint32s:
    """Return the state after each message's last segment."""
    total = states[firsts]
    low, high = _zeros_appended(size)
    for position in range(1, int(counts.max(initial=1))):
        longer = np.flatnonzero(counts > position)
        state = total[longer]
        total[longer] = low[state & 0xFFFF] ^ high[state >> 16] ^ states[firsts[longer] + position]
    return total


def _advanced(words: Uint64s) -> Uint32s:
    """Return states after eight bytes each, to whose first four the states before were added."""
    tables = _tables()
    halves = np.ascontiguousarray(words).view(np.uint16).reshape(-1, 4)
    state = tables[0].take(halves[:, 0])
    for half in range(1, 4):
        state ^= tables[half].take(halves[:, half])
    return state


@cache
def _bytes() -> Uint32s:
    """Return the state after each byte: uint32 [256]."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1).astype(np.uint32)
    return table


@cache
def _tables() -> list[Uint32s]:
    """Return the effect of each pair of bytes of a word on the state after it, 4 of uint32 [65536]."""
    after = [_bytes()]
    for _ in range(7):
        after.append(_bytes()[after[-1] & 255] ^ (after[-1] >> np.uint32(8)))
    return [(after[6 - 2 * pair][:, None] ^ after[7 - 2 * pair][None, :]).ravel() for pair in range(4)]


@cache
def _zeros_appended(size: int) -> tuple[Uint32s, Uint32s]:
    """Return the state after `size` zeros for the lower and the upper half of a state: two of uint32 [65536]."""
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    for _ in range(size // 8):
        bits = _advanced(bits.astype(np.uint64))
    halves: list[Uint32s] = []
    for half in (bits[:16], bits[16:]):
        table = np.zeros(1, np.uint32)
        for bit in half:
            table = np.concatenate([table, table ^ bit])
        halves.append(table)
    return halves[0], halves[1]


@cache
def _initial(size: int) -> Uint32s:
    """Return the state from which each number of zeros, 0 to `size`, leads to the initial one: uint32 [size + 1]."""
    table = [int(entry) for entry in _bytes()]
    by_top = {entry >> 24: index for index, entry in enumerate(table)}
    states = [_ALL]
    for _ in range(size):
        index = by_top[states[-1] >> 24]
        states.append(((states[-1] ^ table[index]) << 8 & _ALL) | index)
    return np.array(states, np.uint32)
