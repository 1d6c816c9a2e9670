"""Find the starts of records in TFRecord files by their lengths alone, without reading the messages."""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

from numba import njit

from preprocessing.kernels.memory import masked_crc32c, read_i64, read_u32

HEADER, FOOTER = 12, 4
"""Bytes before and after each message: its length and checksums."""


@njit(cache=True, nogil=True)
def records_until(address, size, start, step, starts, count, next_mark):
    """Follow the records of a block from `start`, and note the first start in each `step` bytes.

    `address` and `size`: of the block; `start`: of a record, in bytes from the block's beginning; `starts` (int64): receives the
    noted ones from index `count`; `next_mark`: a start at or after it is noted. Returns the positions of the last record that
    was passed and of the one after it, the records passed, the new `count` and `next_mark`, and false if the length of that one
    after it is damaged.
    """
    records = 0
    last = start
    while start + HEADER <= size:
        length = read_i64(address + start)
        if masked_crc32c(address + start, 8) != read_u32(address + start + 8) or length < 0:
            return last, start, records, count, next_mark, False
        if start >= next_mark:
            if count == len(starts):
                break
            starts[count] = start
            count += 1
            next_mark = start - start % step + step
        last = start
        start += HEADER + length + FOOTER
        records += 1
    return last, start, records, count, next_mark, True
