"""Count each token of a column by split: one pass, one hash table, no copy of any token.

The table holds the addresses of tokens inside the arrays that were added, so the caller keeps those alive. Open addressing with
linear probing over int32 slots, at most half full; a slot holds a token's number plus one, 0 is empty. A token's data is
contiguous, so that a value costs two cache lines, which are prefetched some values ahead.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from contracts.schema import SPLITS
from preprocessing.kernels.memory import (
    copy_bytes,
    equal_bytes,
    is_valid,
    prefetch,
    read_i32,
    read_i64,
    read_u8,
    read_u32,
    read_u64,
    write_u32,
    write_u64,
)

COUNTS = 2 * SPLITS
"""Counts per token: occurrences by split, then occurrences with a positive label by split."""
GROUPS = 256
"""Tokens are divided by the highest byte of their hashes; the table uses the lowest bits."""


HASH, ADDRESS, LENGTH, PREFIX, FIRST_COUNT = range(5)
ENTRY = FIRST_COUNT + COUNTS
ENTRY_BYTES = 8 * ENTRY
"""Size of a token's entry. Its int64 fields: fingerprint, address and length of the bytes, the first eight bytes, counts."""
_AHEAD = 12
"""Number of values by which a slot is prefetched ahead; an entry, half as many. A table is larger than the nearest cache."""


@njit(inline="always")
def _prefix(address, length):
    """Return the first bytes, up to eight, as a number that is unique among tokens of equal length up to eight."""
    if length >= 8:
        return np.int64(read_u64(address))
    if length >= 4:
        return np.int64(read_u32(address)) | (np.int64(read_u32(address + length - 4)) << 32)
    number = np.int64(0)
    for i in range(length):
        number = (number << 8) | np.int64(read_u8(address + i))
    return number


@njit(inline="always")
def _find(slot, mask, prefix, address, length, slots, entries):
    """Return the token's number, or -1, and its slot, or the empty one for it. `slots` and `entries` are addresses."""
    token = np.int64(read_i32(slots + 4 * slot)) - 1
    while token >= 0:
        entry = entries + ENTRY_BYTES * token
        alike = read_i64(entry + 8 * PREFIX) == prefix and read_i64(entry + 8 * LENGTH) == length
        if alike and (length <= 8 or equal_bytes(read_i64(entry + 8 * ADDRESS) + 8, address + 8, length - 8)):
            break
        slot = (slot + 1) & mask
        token = np.int64(read_i32(slots + 4 * slot)) - 1
    return token, slot


@njit(inline="always")
def _enter(token, value, address, length, prefix, slot, slots, entries):
    write_u32(slots + 4 * slot, np.uint32(token + 1))
    entry = entries + ENTRY_BYTES * token
    write_u64(entry + 8 * HASH, value)
    write_u64(entry + 8 * ADDRESS, np.uint64(address))
    write_u64(entry + 8 * LENGTH, np.uint64(length))
    write_u64(entry + 8 * PREFIX, np.uint64(prefix))


@njit(inline="always")
def _add(count, number):
    write_u64(count, read_u64(count) + np.uint64(number))


@njit(cache=True, nogil=True)
def count_tokens(row, size, values, offsets, bitmap, start, items, codes, positive, numbers, slots, entries):
    """Count a binary column from `row` on; returns the row that was reached and the number of tokens known then.

    Stops before the end when the arrays are full: the caller grows them and resumes. Per row: `items` uint64, the value's
    fingerprint; `codes` uint8, 0 for a row that is left out; `positive` bool; `numbers` int32, the output: the token's number,
    or -1 if nothing is counted: missing and empty values, and rows that are left out.
    `entries`: int64 [tokens, ENTRY]; `slots` int32, a power of two and at least twice as long.
    """
    # Addresses, since each view of an array would increment its reference count by an atomic instruction.
    rows, capacity, mask = len(codes), len(entries), np.int64(len(slots) - 1)
    slots_at, entries_at, items_at = slots.ctypes.data, entries.ctypes.data, items.ctypes.data
    ahead = rows - _AHEAD
    while row < rows:
        if row < ahead:
            prefetch(slots_at + 4 * (read_i64(items_at + 8 * (row + _AHEAD)) & mask))
            slot = read_i64(items_at + 8 * (row + _AHEAD // 2)) & mask
            prefetch(entries_at + ENTRY_BYTES * (np.int64(read_i32(slots_at + 4 * slot)) - 1))
        code = np.int64(codes[row])
        position = row + start
        numbers[row] = -1
        if code != 0 and is_valid(bitmap, position):
            begin = np.int64(read_i32(offsets + 4 * position))
            length = np.int64(read_i32(offsets + 4 * position + 4)) - begin
            if length > 0:
                value = read_u64(items_at + 8 * row)
                address = values + begin
                prefix = _prefix(address, length)
                token, slot = _find(np.int64(value) & mask, mask, prefix, address, length, slots_at, entries_at)
                if token < 0:
                    if size == capacity:
                        return row, size
                    token = size
                    size += 1
                    _enter(token, value, address, length, prefix, slot, slots_at, entries_at)
                numbers[row] = token
                count = entries_at + ENTRY_BYTES * token + 8 * (FIRST_COUNT + code - 1)
                _add(count, 1)
                _add(count + 8 * SPLITS, positive[row])  # without a branch, which could be mispredicted
        row += 1
    return row, size


@njit(cache=True, nogil=True)
def add_counts(size, values, offsets, items, added, numbers, slots, entries):
    """Add tokens that were counted elsewhere to a table that has room for all of them; returns the number of tokens known.

    The tokens are distinct: their bytes between the int32 `offsets` (an address), their fingerprints `items` uint64, their counts
    `added` int32 [tokens, COUNTS], and the output `numbers` int32, their numbers in this table.
    """
    mask = np.int64(len(slots) - 1)
    slots_at, entries_at, items_at = slots.ctypes.data, entries.ctypes.data, items.ctypes.data
    ahead = len(items) - _AHEAD
    for row in range(len(items)):
        if row < ahead:
            prefetch(slots_at + 4 * (read_i64(items_at + 8 * (row + _AHEAD)) & mask))
            slot = read_i64(items_at + 8 * (row + _AHEAD // 2)) & mask
            prefetch(entries_at + ENTRY_BYTES * (np.int64(read_i32(slots_at + 4 * slot)) - 1))
        begin = np.int64(read_i32(offsets + 4 * row))
        length = np.int64(read_i32(offsets + 4 * row + 4)) - begin
        value = read_u64(items_at + 8 * row)
        address = values + begin
        prefix = _prefix(address, length)
        token, slot = _find(np.int64(value) & mask, mask, prefix, address, length, slots_at, entries_at)
        if token < 0:
            token = size
            size += 1
            _enter(token, value, address, length, prefix, slot, slots_at, entries_at)
        numbers[row] = token
        count = entries_at + ENTRY_BYTES * token + 8 * FIRST_COUNT
        for split in range(COUNTS):
            _add(count + 8 * split, np.int64(added[row, split]))
    return size


@njit(cache=True, nogil=True)
def enter_again(slots, entries, size):
    """Enter the first `size` tokens into zeroed `slots`, after the table has grown."""
    mask = np.int64(len(slots) - 1)
    for token in range(size):
        slot = entries[token, HASH] & mask
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = token + 1


@njit(cache=True, nogil=True)
def order_by_group(entries, size):
    """Return the numbers of the first `size` tokens by ascending group, within a group by number: int64 [size]."""
    ends = np.zeros(GROUPS + 1, np.int64)
    for token in range(size):
        ends[((entries[token, HASH] >> 56) & 255) + 1] += 1
    starts = np.cumsum(ends)
    order = np.empty(size, np.int64)
    for token in range(size):
        group = (entries[token, HASH] >> 56) & 255
        order[starts[group]] = token
        starts[group] += 1
    return order


@njit(cache=True, nogil=True)
def gather_counts(hashes, counts, entries, order):
    """Write the fingerprints, uint64 [tokens], and counts, int32 [tokens, COUNTS], of the tokens with the numbers `order`."""
    for place in range(len(order)):
        token = order[place]
        hashes[place] = np.uint64(entries[token, HASH])
        for split in range(COUNTS):
            counts[place, split] = entries[token, FIRST_COUNT + split]


@njit(cache=True, nogil=True)
def text_size(entries, order):
    """Return the total number of bytes of the tokens with the numbers `order`."""
    size = 0
    for token in order:
        size += entries[token, LENGTH]
    return size


@njit(cache=True, nogil=True)
def gather_tokens(out, offsets, entries, order):
    """Copy the bytes of the tokens with the numbers `order`, contiguously, to the address `out`.

    `offsets`, an output: int32 [tokens + 1], the start of each, and the end of the last.
    """
    begin = out
    for place in range(len(order)):
        token = order[place]
        out = copy_bytes(out, entries[token, ADDRESS], entries[token, LENGTH])
        offsets[place + 1] = out - begin


@njit(cache=True, nogil=True)
def sort_keys(out, values, offsets, tokens):
    """Write the first eight bytes of each token as a big-endian number, zero-padded: uint64 [tokens].

    Different keys order tokens as their bytes do; tokens with equal keys may have any order.
    """
    for token in range(tokens):
        begin = np.int64(read_i32(offsets + 4 * token))
        length = np.int64(read_i32(offsets + 4 * token + 4)) - begin
        out[token] = _leading(values + begin, min(length, 8))


@njit(cache=True, nogil=True)
def first_bytes(out, entries, order):
    """Write the sort keys, as `sort_keys` does, of the tokens with the numbers `order`."""
    for place in range(len(order)):
        token = order[place]
        out[place] = _leading(entries[token, ADDRESS], min(entries[token, LENGTH], 8))


@njit(inline="always")
def _leading(address, length):
    key = np.uint64(0)
    for i in range(8):
        key <<= np.uint64(8)
        if i < length:
            key |= np.uint64(read_u8(address + i))
    return key
