"""How often each token of a column occurs in each split: one pass, one hash table, no copy of any token.

The table holds the addresses of tokens inside the arrays that were added, so whoever uses it keeps those alive. Open
addressing with linear probing over int32 slots, at most half full; a slot holds a token's number plus one, 0 is empty.
`counts` holds, for each split, how often a token occurs and how often with a positive label.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.memory import copy_bytes, equal_bytes, is_valid, read_i32, read_u8

SPLITS = 3
COUNTS = 2 * SPLITS
"""Columns of `counts`: occurrences by split, then those of them whose label is positive."""
GROUPS = 256
"""Tokens are divided by the highest byte of their hashes; the table uses the lowest bits."""


@njit(inline="always")
def _find(value, address, length, slots, hashes, addresses, lengths):
    """The token's number, or -1; and its slot, or the empty one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = value & mask
    token = np.int64(slots[slot]) - 1
    while token >= 0:
        same = hashes[token] == value and lengths[token] == length
        if same and equal_bytes(addresses[token], address, length):
            break
        slot = (slot + np.uint64(1)) & mask
        token = np.int64(slots[slot]) - 1
    return token, slot


@njit(cache=True, nogil=True)
def count_tokens(
    row,
    size,
    values,
    offsets,
    bitmap,
    start,
    items,
    codes,
    positive,
    numbers,
    slots,
    hashes,
    addresses,
    lengths,
    counts,
):
    """Count a binary column from `row` on; returns the row that was reached and the number of tokens known then.

    Stops before the end when as many tokens are known as the arrays hold: the caller grows them and goes on. Per row:
    `items` uint64, the value's fingerprint; `codes` uint8, 0 for a row that is left out; `positive` bool; `numbers` int32,
    where the token's number is written, -1 for what is not counted: missing and empty values, and rows that are left out.
    Per token: `hashes` uint64, `addresses` int64, `lengths` int32, `counts` int64 [tokens, COUNTS]; `slots` int32, a power
    of two and at least twice as long.
    """
    while row < len(codes):
        code = np.int64(codes[row])
        position = row + start
        numbers[row] = -1
        if code != 0 and is_valid(bitmap, position):
            begin = np.int64(read_i32(offsets + 4 * position))
            length = np.int64(read_i32(offsets + 4 * position + 4)) - begin
            if length > 0:
                token, slot = _find(items[row], values + begin, length, slots, hashes, addresses, lengths)
                if token < 0:
                    if size == len(hashes):
                        return row, size
                    token = size
                    size += 1
                    slots[slot] = size
                    hashes[token] = items[row]
                    addresses[token] = values + begin
                    lengths[token] = length
                numbers[row] = token
                counts[token, code - 1] += 1
                if positive[row]:
                    counts[token, SPLITS + code - 1] += 1
        row += 1
    return row, size


@njit(cache=True, nogil=True)
def add_counts(size, values, offsets, items, found, numbers, slots, hashes, addresses, lengths, counts):
    """Add tokens that were counted elsewhere to a table that has room for all of them; returns the number of tokens known.

    Each of them once: their bytes between the int32 `offsets` (an address), `items` uint64, `found` int32 [tokens, COUNTS],
    and `numbers` int32, where the number of each in this table is written.
    """
    for row in range(len(items)):
        begin = np.int64(read_i32(offsets + 4 * row))
        length = np.int64(read_i32(offsets + 4 * row + 4)) - begin
        token, slot = _find(items[row], values + begin, length, slots, hashes, addresses, lengths)
        if token < 0:
            token = size
            size += 1
            slots[slot] = size
            hashes[token] = items[row]
            addresses[token] = values + begin
            lengths[token] = length
        numbers[row] = token
        for split in range(COUNTS):
            counts[token, split] += found[row, split]
    return size


@njit(cache=True, nogil=True)
def enter_again(slots, hashes, size):
    """Enter the first `size` tokens into zeroed `slots`, after the table has grown."""
    mask = np.uint64(len(slots) - 1)
    for token in range(size):
        slot = hashes[token] & mask
        while slots[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = token + 1


@njit(cache=True, nogil=True)
def order_by_group(hashes, size):
    """The numbers of the first `size` tokens by ascending group, within a group by number: int64 [size]."""
    ends = np.zeros(GROUPS + 1, np.int64)
    for token in range(size):
        ends[np.int64(hashes[token] >> np.uint64(56)) + 1] += 1
    starts = np.cumsum(ends)
    order = np.empty(size, np.int64)
    for token in range(size):
        group = np.int64(hashes[token] >> np.uint64(56))
        order[starts[group]] = token
        starts[group] += 1
    return order


@njit(cache=True, nogil=True)
def gather_tokens(out, addresses, lengths, order):
    """Copy the bytes of the tokens of these numbers, one after the other, to the address `out`."""
    for token in order:
        out = copy_bytes(out, addresses[token], np.int64(lengths[token]))


@njit(cache=True, nogil=True)
def sort_keys(out, values, offsets, tokens):
    """The first eight bytes of each token as a big-endian number, shorter ones followed by zeros: uint64 [tokens].

    Keys of different size order tokens as their bytes do; of equal keys nothing is known.
    """
    for token in range(tokens):
        begin = np.int64(read_i32(offsets + 4 * token))
        length = np.int64(read_i32(offsets + 4 * token + 4)) - begin
        out[token] = _leading(values + begin, min(length, 8))


@njit(inline="always")
def _leading(address, length):
    key = np.uint64(0)
    for i in range(8):
        key <<= np.uint64(8)
        if i < length:
            key |= np.uint64(read_u8(address + i))
    return key
