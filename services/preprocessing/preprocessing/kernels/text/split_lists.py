"""Split the texts of lists into their tokens: one pass over the bytes; see `contracts.features.many`."""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numba import njit

from contracts.features import EMPTY_LIST
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.memory import equal_bytes, is_valid, read_i32, read_u8, write_u8
from sources.values.list_text import TokenLists

_EMPTY = np.frombuffer(EMPTY_LIST.encode(), np.uint8)


def split_lists(texts: pa.Array, separator: str) -> TokenLists:
    """Return the lists of a binary array of their texts, null where missing, as `sources.values.list_text.split_text` does."""
    mark = np.frombuffer(separator.encode(), np.uint8)
    rows, addresses = len(texts), column(texts)
    lengths = np.empty(rows, np.int64)
    size = _text_size(addresses.offsets, addresses.start, rows)
    held = np.empty(size, np.uint8)
    ends = np.empty(size + rows + 1, np.int32)
    tokens = _split(
        *(addresses.values, addresses.offsets, addresses.bitmap, addresses.start),
        *(mark.ctypes.data, len(mark), _EMPTY.ctypes.data, len(_EMPTY)),
        *(lengths, ends, held.ctypes.data),
    )
    ends = ends[: tokens + 1].copy()
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(held[: ends[-1]])]
    return TokenLists(pa.Array.from_buffers(pa.binary(), tokens, buffers), lengths)


@njit(cache=True)
def _text_size(offsets, start, rows):
    """Return the number of bytes of all texts."""
    return read_i32(offsets + 4 * (start + rows)) - read_i32(offsets + 4 * start)


@njit(cache=True)
def _split(values, offsets, bitmap, start, mark, mark_length, empty, empty_length, lengths, ends, target):
    """Write each row's number of tokens, -1 where missing, and the tokens' bytes and ends; returns the number of tokens."""
    first = read_u8(mark)
    tokens = 0
    written = np.int64(0)
    ends[0] = 0
    for row in range(len(lengths)):
        place = start + row
        if not is_valid(bitmap, place):
            lengths[row] = -1
            continue
        source = values + np.int64(read_i32(offsets + 4 * place))
        end = values + np.int64(read_i32(offsets + 4 * (place + 1)))
        if end - source == empty_length and equal_bytes(source, empty, empty_length):
            lengths[row] = 0
            continue
        before, is_after_mark = tokens, False
        while source < end:
            byte = read_u8(source)
            is_after_mark = byte == first and source + mark_length <= end and equal_bytes(source, mark, mark_length)
            if is_after_mark:
                source += mark_length
                tokens += 1
                ends[tokens] = written
            else:
                write_u8(target + written, byte)
                source += 1
                written += 1
        if not is_after_mark:
            tokens += 1
            ends[tokens] = written
        lengths[row] = tokens - before
    return tokens
