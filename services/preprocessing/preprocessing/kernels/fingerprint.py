"""FarmHash Fingerprint64 over columns: the same 64 bits on every machine, in every version, and in TensorFlow's graph.

Source: Google's FarmHash, `farmhashna::Hash64`, whose fingerprints are promised never to change; TensorFlow's
`tf.fingerprint` and `tf.strings.to_hash_bucket_fast` compute the same function.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.memory import is_valid, read_i32, read_i64, read_u8, read_u32, read_u64

_K0 = np.uint64(0xC3A5C85C97CB3127)
_K1 = np.uint64(0xB492B66FBE98F273)
_K2 = np.uint64(0x9AE16A3B2F90404F)
_PAIR = np.uint64(0x9DDFEA08EB382D69)
MISSING = np.uint64(0x5BD1E9955BD1E995)
"""The hash of a missing value in a row's fingerprint."""


@njit(inline="always")
def _rotate(value, shift):
    return (value >> np.uint64(shift)) | (value << np.uint64(64 - shift))


@njit(inline="always")
def _shift_mix(value):
    return value ^ (value >> np.uint64(47))


@njit(inline="always")
def _mix(u, v, multiplier):
    a = _shift_mix((u ^ v) * multiplier)
    return _shift_mix((v ^ a) * multiplier) * multiplier


@njit(inline="always")
def _weak(address, a, b):
    first, second = read_u64(address), read_u64(address + 8)
    third, fourth = read_u64(address + 16), read_u64(address + 24)
    a += first
    b = _rotate(b + a + fourth, 21)
    c = a
    a += second + third
    b += _rotate(a, 44)
    return a + fourth, b + c


@njit
def _long(address, length):
    x = np.uint64(81)
    y = np.uint64(81) * _K1 + np.uint64(113)
    z = _shift_mix(y * _K2 + np.uint64(113)) * _K2
    v0, v1, w0, w1 = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    x = x * _K2 + read_u64(address)
    end = address + ((length - 1) // 64) * 64
    tail = np.uint64((length - 1) & 63)
    last = address + length - 64
    while address != end:
        x = _rotate(x + y + v0 + read_u64(address + 8), 37) * _K1
        y = _rotate(y + v1 + read_u64(address + 48), 42) * _K1
        x ^= w1
        y += v0 + read_u64(address + 40)
        z = _rotate(z + w0, 33) * _K1
        v0, v1 = _weak(address, v1 * _K1, x + w0)
        w0, w1 = _weak(address + 32, z + w1, y + read_u64(address + 16))
        z, x = x, z
        address += 64
    multiplier = _K1 + ((z & np.uint64(255)) << np.uint64(1))
    address = last
    w0 += tail
    v0 += w0
    w0 += v0
    x = _rotate(x + y + v0 + read_u64(address + 8), 37) * multiplier
    y = _rotate(y + v1 + read_u64(address + 48), 42) * multiplier
    x ^= w1 * np.uint64(9)
    y += v0 * np.uint64(9) + read_u64(address + 40)
    z = _rotate(z + w0, 33) * multiplier
    v0, v1 = _weak(address, v1 * multiplier, x + w0)
    w0, w1 = _weak(address + 32, z + w1, y + read_u64(address + 16))
    z, x = x, z
    first = _mix(v0, w0, multiplier) + _shift_mix(y) * _K0 + z
    return _mix(first, _mix(v1, w1, multiplier) + x, multiplier)


@njit(cache=True)
def fingerprint(address, length):  # noqa: PLR0911 - one formula per range of lengths, as published
    """Return Fingerprint64 of `length` bytes, as uint64."""
    if length > 64:
        return _long(address, length)
    size = np.uint64(length)
    multiplier = _K2 + size * np.uint64(2)
    if length > 32:
        a = read_u64(address) * _K2
        b = read_u64(address + 8)
        c = read_u64(address + length - 8) * multiplier
        d = read_u64(address + length - 16) * _K2
        y = _rotate(a + b, 43) + _rotate(c, 30) + d
        z = _mix(y, a + _rotate(b + _K2, 18) + c, multiplier)
        e = read_u64(address + 16) * multiplier
        f = read_u64(address + 24)
        g = (y + read_u64(address + length - 32)) * multiplier
        h = (z + read_u64(address + length - 24)) * multiplier
        return _mix(_rotate(e + f, 43) + _rotate(g, 30) + h, e + _rotate(f + a, 18) + g, multiplier)
    if length > 16:
        a = read_u64(address) * _K1
        b = read_u64(address + 8)
        c = read_u64(address + length - 8) * multiplier
        d = read_u64(address + length - 16) * _K2
        return _mix(_rotate(a + b, 43) + _rotate(c, 30) + d, a + _rotate(b + _K2, 18) + c, multiplier)
    if length >= 8:
        a = read_u64(address) + _K2
        b = read_u64(address + length - 8)
        return _mix(_rotate(b, 37) * multiplier + a, (_rotate(a, 25) + b) * multiplier, multiplier)
    if length >= 4:
        a = np.uint64(read_u32(address))
        return _mix(size + (a << np.uint64(3)), np.uint64(read_u32(address + length - 4)), multiplier)
    if length > 0:
        a = np.uint64(read_u8(address))
        b = np.uint64(read_u8(address + (length >> 1)))
        c = np.uint64(read_u8(address + length - 1))
        y = a + (b << np.uint64(8))
        z = size + (c << np.uint64(2))
        return _shift_mix(y * _K2 ^ z * _K0) * _K2
    return _K2


@njit(cache=True, nogil=True)
def text_items(items, values, offsets, bitmap, start):
    """Write the fingerprint of each value of a binary column to `items`, uint64 [rows]; missing and empty share one."""
    for row in range(len(items)):
        position = row + start
        items[row] = MISSING
        if is_valid(bitmap, position):
            begin = np.int64(read_i32(offsets + 4 * position))
            length = np.int64(read_i32(offsets + 4 * position + 4)) - begin
            if length > 0:
                items[row] = fingerprint(values + begin, length)


@njit(cache=True, nogil=True)
def integer_items(items, values, bitmap, start):
    """Write a distinct 64-bit item for each value of an int64 column to `items`, uint64 [rows]. `mix_items` mixes them."""
    for row in range(len(items)):
        position = row + start
        items[row] = MISSING
        if is_valid(bitmap, position):
            items[row] = np.uint64(read_i64(values + 8 * position)) * _K1


@njit(inline="always")
def number_item(bits):
    """Return the item of a double, from its 64 bits."""
    size = bits & np.uint64(0x7FFFFFFFFFFFFFFF)
    if size == 0:
        return np.uint64(0)
    return bits * _K1 if size <= np.uint64(0x7FF0000000000000) else MISSING


@njit(cache=True, nogil=True)
def float_items(items, values, bitmap, start):
    """Write a distinct 64-bit item for each value of a float64 column, as `integer_items`; NaN is missing, -0.0 is 0.0."""
    for row in range(len(items)):
        position = row + start
        items[row] = MISSING
        if is_valid(bitmap, position):
            items[row] = number_item(read_u64(values + 8 * position))


@njit(cache=True, nogil=True)
def mix_items(rows, items):
    """Mix one column's items into the rows' fingerprints: uint64 [rows], changed in place."""
    for row in range(len(rows)):
        rows[row] = _mix(rows[row], items[row], _PAIR)
