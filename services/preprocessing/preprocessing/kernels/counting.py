"""How often each token of a column occurs in each split: one pass, one hash table, no copy of any token.

The table holds the addresses of tokens inside the columns that were added, so whoever uses it keeps those alive. Open
addressing with linear probing over int32 slots, at most half full; a slot holds a token's number plus one, 0 is empty.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.fingerprint import fingerprint
from preprocessing.kernels.memory import copy_bytes, equal_bytes, is_valid, read_i32, read_u8

SPLITS = 3


@njit(cache=True, nogil=True)
def count_tokens(row, size, values, offsets, bitmap, start, codes, slots, hashes, addresses, lengths, counts):
    """Count a binary column from `row` on; returns the row that was reached and the number of tokens known then.

    Stops before the end when as many tokens are known as the arrays hold: the caller grows them and goes on. `codes`: uint8
    per row, 0 for a row that is left out. Per token: `hashes` uint64, `addresses` int64, `lengths` int32, `counts` int64
    [tokens, SPLITS]; `slots` int32, a power of two and at least twice as long. Missing and empty values are not counted.
    """
    mask = np.uint64(len(slots) - 1)
    while row < len(codes):
        code = np.int64(codes[row])
        position = row + start
        if code != 0 and is_valid(bitmap, position):
            begin = np.int64(read_i32(offsets + 4 * position))
            length = np.int64(read_i32(offsets + 4 * position + 4)) - begin
            if length > 0:
                value = fingerprint(values + begin, length)
                slot = value & mask
                token = np.int64(slots[slot]) - 1
                while token >= 0:
                    same = hashes[token] == value and lengths[token] == length
                    if same and equal_bytes(addresses[token], values + begin, length):
                        break
                    slot = (slot + np.uint64(1)) & mask
                    token = np.int64(slots[slot]) - 1
                if token < 0:
                    if size == len(hashes):
                        return row, size
                    token = size
                    size += 1
                    slots[slot] = size
                    hashes[token] = value
                    addresses[token] = values + begin
                    lengths[token] = length
                counts[token, code - 1] += 1
        row += 1
    return row, size


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
def gather_tokens(out, addresses, lengths, size):
    """Copy the tokens' bytes, one after the other, to the address `out`."""
    for token in range(size):
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
