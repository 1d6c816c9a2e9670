"""Validation of UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF."""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.memory import read_u8, read_u64

_HIGH_BITS = np.uint64(0x8080808080808080)


@njit(inline="always")
def _bounds(first):
    """Return the number of bytes after a first byte, -1 if invalid, and the second one's bounds (RFC 3629, section 4)."""
    if first < 0x80:
        return 0, 0, 0
    if 0xC2 <= first <= 0xDF:
        return 1, 0x80, 0xBF
    if 0xE0 <= first <= 0xEF:
        return 2, 0xA0 if first == 0xE0 else 0x80, 0x9F if first == 0xED else 0xBF
    if 0xF0 <= first <= 0xF4:
        return 3, 0x90 if first == 0xF0 else 0x80, 0x8F if first == 0xF4 else 0xBF
    return -1, 0, 0


@njit
def is_utf8(address, length):
    """Return true if the `length` bytes from `address` are UTF-8."""
    end = address + length
    while address < end:
        if end - address >= 8 and read_u64(address) & _HIGH_BITS == 0:
            address += 8
            continue
        follow, lowest, highest = _bounds(np.int64(read_u8(address)))
        if follow < 0 or address + follow >= end:
            return False
        for i in range(1, follow + 1):
            byte = np.int64(read_u8(address + i))
            if byte < lowest or byte > highest:
                return False
            lowest, highest = 0x80, 0xBF
        address += 1 + follow
    return True
