"""Tokens to category ids: a hash table that is built once, mapped into memory by every task, and never copied.

Open addressing with linear probing over int32 slots, at most half full; a slot holds a token's index plus one, 0 is empty.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.fingerprint import fingerprint
from preprocessing.kernels.memory import equal_bytes, is_valid, read_i32


def slots_for(tokens: int) -> int:
    """A power of two that leaves at least half of the slots empty."""
    return 1 << max(4, (2 * tokens).bit_length())


@njit(cache=True, nogil=True)
def fill_slots(slots, values, offsets, tokens):
    """Enter each of `tokens` distinct tokens (addresses of int32 `offsets` and of their bytes) into zeroed `slots`."""
    mask = np.uint64(len(slots) - 1)
    for token in range(tokens):
        begin = np.int64(read_i32(offsets + 4 * token))
        length = np.int64(read_i32(offsets + 4 * token + 4)) - begin
        slot = fingerprint(values + begin, length) & mask
        while slots[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = token + 1


@njit(cache=True, nogil=True)
def find_ids(out, values, offsets, bitmap, start, slots, token_values, token_offsets, first_token_id):
    """Write each row's id to `out` (int64): 0 missing or empty, 1 unknown, else the token's index + `first_token_id`."""
    mask = np.uint64(len(slots) - 1)
    for row in range(len(out)):
        position = row + start
        out[row] = 0
        if not is_valid(bitmap, position):
            continue
        begin = np.int64(read_i32(offsets + 4 * position))
        length = np.int64(read_i32(offsets + 4 * position + 4)) - begin
        if length == 0:
            continue
        out[row] = 1
        slot = fingerprint(values + begin, length) & mask
        while slots[slot] != 0:
            token = np.int64(slots[slot]) - 1
            token_begin = np.int64(read_i32(token_offsets + 4 * token))
            same = np.int64(read_i32(token_offsets + 4 * token + 4)) - token_begin == length
            if same and equal_bytes(values + begin, token_values + token_begin, length):
                out[row] = token + first_token_id
                break
            slot = (slot + np.uint64(1)) & mask
