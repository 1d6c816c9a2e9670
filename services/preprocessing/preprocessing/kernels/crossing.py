"""Pairs of tokens to ids by FarmHash Fingerprint64.

TensorFlow's graph computes the same ids with `tf.strings.to_hash_bucket_fast`: see `contracts.features.Cross`.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.fingerprint import fingerprint
from preprocessing.kernels.memory import copy_bytes, is_valid, read_i32, write_u8

_DIGITS = 20
"""Maximum number of decimal digits of a length; a colon follows them."""


@njit(cache=True, nogil=True)
def cross_ids(
    out,
    first_values,
    first_offsets,
    first_bitmap,
    first_start,
    second_values,
    second_offsets,
    second_bitmap,
    second_start,
    buckets,
):
    """Write the id of each row's pair of tokens to `out` (int32): 0 where either is missing or empty.

    Otherwise 1 + Fingerprint64(j) mod `buckets` (uint64); j is the first token's length in decimal, a colon, both tokens.
    """
    buffer = np.empty(256, np.uint8)
    for row in range(len(out)):
        out[row] = 0
        first, second = row + first_start, row + second_start
        if not is_valid(first_bitmap, first) or not is_valid(second_bitmap, second):
            continue
        first_begin = np.int64(read_i32(first_offsets + 4 * first))
        first_length = np.int64(read_i32(first_offsets + 4 * first + 4)) - first_begin
        second_begin = np.int64(read_i32(second_offsets + 4 * second))
        second_length = np.int64(read_i32(second_offsets + 4 * second + 4)) - second_begin
        if first_length == 0 or second_length == 0:
            continue
        if _DIGITS + 1 + first_length + second_length > len(buffer):
            buffer = np.empty(2 * (_DIGITS + 1 + first_length + second_length), np.uint8)
        begin = buffer.ctypes.data
        end = _write_decimal(begin, first_length)
        write_u8(end, np.uint8(58))
        end = copy_bytes(end + 1, first_values + first_begin, first_length)
        end = copy_bytes(end, second_values + second_begin, second_length)
        out[row] = np.int32(fingerprint(begin, end - begin) % buckets) + 1


@njit
def _write_decimal(address, number):
    """Write a positive number's digits; returns the address after them."""
    digits = 0
    left = number
    while left > 0:
        digits += 1
        left //= 10
    for place in range(digits - 1, -1, -1):
        write_u8(address + place, np.uint8(48 + number % 10))
        number //= 10
    return address + digits
