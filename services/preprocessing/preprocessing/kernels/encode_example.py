"""Rows of columns to tf.train.Example messages in TFRecord framing, without an object per value.

Wire format (protobuf encoding guide; tensorflow/core/example/*.proto):

    Example   { Features features = 1; }
    Features  { map<string, Feature> feature = 1; }          each entry: key = 1, value = 2, in the order of the keys
    Feature   { oneof: BytesList = 1, FloatList = 2, Int64List = 3; }        each list: value = 1, numbers packed

Framing (TFRecord): uint64 length, masked CRC32C of it, the message, masked CRC32C of the message; little-endian.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.memory import (
    copy_bytes,
    is_valid,
    masked_crc32c,
    read_f32,
    read_i32,
    read_i64,
    read_u8,
    read_u32,
    write_u8,
    write_u32,
    write_u64,
)

BYTES, FLOAT, INT64 = 1, 2, 3
"""Kinds of list: also the field numbers of `Feature`'s oneof."""

SCALAR, VECTOR, LIST = 0, 1, 2
"""Forms of a field: one value, one value of each of its columns, all values of its column of lists."""

ROW_BOUND = 8 + 4 + 4 + 1 + 10
"""Maximum number of bytes of a record outside its entries: length, two checksums, the features' tag and length."""

ENTRY_BOUND = 5 * 11
"""Maximum number of bytes of an entry that are neither key nor payload."""

_TAG = 2  # wire type of a length-delimited field
_NAN = np.uint32(0x7FC00000)


@njit(inline="always")
def _varint_size(value):
    size = 1
    value = np.uint64(value) >> np.uint64(7)
    while value != 0:
        size += 1
        value >>= np.uint64(7)
    return size


@njit(inline="always")
def _write_varint(address, value):
    value = np.uint64(value)
    while value >= 128:
        write_u8(address, np.uint8((value & np.uint64(127)) | np.uint64(128)))
        value >>= np.uint64(7)
        address += 1
    write_u8(address, np.uint8(value))
    return address + 1


@njit(inline="always")
def _write_header(out, key_address, key, kind, payload):
    """Write an entry up to its payload: tags, lengths and the key; returns the address after them."""
    if key + 8 + payload < 128:  # every length takes one byte, as for most features
        write_u8(out, np.uint8(1 << 3 | _TAG))
        write_u8(out + 1, np.uint8(key + 8 + payload))
        write_u8(out + 2, np.uint8(1 << 3 | _TAG))
        write_u8(out + 3, np.uint8(key))
        out = copy_bytes(out + 4, key_address, key)
        write_u8(out, np.uint8(2 << 3 | _TAG))
        write_u8(out + 1, np.uint8(4 + payload))
        write_u8(out + 2, np.uint8(kind << 3 | _TAG))
        write_u8(out + 3, np.uint8(2 + payload))
        write_u8(out + 4, np.uint8(1 << 3 | _TAG))
        write_u8(out + 5, np.uint8(payload))
        return out + 6
    inner = 1 + _varint_size(payload) + payload
    out = _write_long_header(out, key_address, key, kind, inner)
    write_u8(out, np.uint8(1 << 3 | _TAG))
    return _write_varint(out + 1, payload)


@njit
def _write_long_header(out, key_address, key, kind, inner):
    """Write an entry up to its list's content of `inner` bytes; returns the address after that."""
    feature = 1 + _varint_size(inner) + inner
    entry = 1 + _varint_size(key) + key + 1 + _varint_size(feature) + feature
    write_u8(out, np.uint8(1 << 3 | _TAG))
    out = _write_varint(out + 1, entry)
    write_u8(out, np.uint8(1 << 3 | _TAG))
    out = _write_varint(out + 1, key)
    out = copy_bytes(out, key_address, key)
    write_u8(out, np.uint8(2 << 3 | _TAG))
    out = _write_varint(out + 1, feature)
    write_u8(out, np.uint8(kind << 3 | _TAG))
    return _write_varint(out + 1, inner)


@njit(inline="always")
def _write_scalar(out, key_address, key, kind, values, offsets, bitmap, position):
    """Write an entry of one value, or nothing if it is missing; returns the address after it."""
    if not is_valid(bitmap, position):
        return out
    if kind == FLOAT:
        if np.isnan(read_f32(values + 4 * position)):
            return out
        out = _write_header(out, key_address, key, kind, 4)
        write_u32(out, read_u32(values + 4 * position))
        return out + 4
    if kind == INT64:
        value = read_i64(values + 8 * position)
        out = _write_header(out, key_address, key, kind, _varint_size(value))
        return _write_varint(out, value)
    begin = read_i32(offsets + 4 * position)
    length = read_i32(offsets + 4 * position + 4) - begin
    if length == 0:
        return out
    out = _write_header(out, key_address, key, kind, np.int64(length))
    return copy_bytes(out, values + begin, np.int64(length))


@njit(inline="always")
def _write_bytes(out, address, length):
    """Write one value of a list of bytes; returns the address after it."""
    write_u8(out, np.uint8(1 << 3 | _TAG))
    return copy_bytes(_write_varint(out + 1, length), address, length)


@njit
def _write_vector(out, key_address, key, kind, first, last, values, offsets, bitmaps, starts, row):
    """Write an entry with one value per cell, NaN or empty bytes if missing; returns the address after it."""
    inner = 0
    for cell in range(first, last):
        position = row + starts[cell]
        if kind == FLOAT:
            inner += 4
        elif kind == INT64:
            inner += _varint_size(read_i64(values[cell] + 8 * position))
        else:
            length = 0
            if is_valid(bitmaps[cell], position):
                base = offsets[cell] + 4 * position
                length = read_i32(base + 4) - read_i32(base)
            inner += 1 + _varint_size(length) + length
    if kind == BYTES:
        out = _write_long_header(out, key_address, key, kind, inner)
    else:
        out = _write_header(out, key_address, key, kind, inner)
    for cell in range(first, last):
        position = row + starts[cell]
        if kind == FLOAT:
            bits = _NAN
            if is_valid(bitmaps[cell], position):
                bits = read_u32(values[cell] + 4 * position)
            write_u32(out, bits)
            out += 4
        elif kind == INT64:
            out = _write_varint(out, read_i64(values[cell] + 8 * position))
        else:
            length = 0
            begin = 0
            if is_valid(bitmaps[cell], position):
                base = offsets[cell] + 4 * position
                begin = read_i32(base)
                length = read_i32(base + 4) - begin
            out = _write_bytes(out, values[cell] + begin, length)
    return out


@njit
def _write_list(out, key_address, key, kind, cell, values, offsets, bitmaps, starts, row):
    """Write an entry of all values of a list, or nothing if it is missing or empty; returns the address after it.

    `cell`: that of the list, whose values are the next one.
    """
    position = row + starts[cell]
    if not is_valid(bitmaps[cell], position):
        return out
    begin = np.int64(read_i32(offsets[cell] + 4 * position)) + starts[cell + 1]
    end = np.int64(read_i32(offsets[cell] + 4 * position + 4)) + starts[cell + 1]
    if begin == end:
        return out
    inner = np.int64(0)
    for value in range(begin, end):
        if kind == INT64:
            inner += _varint_size(read_i64(values[cell + 1] + 8 * value))
        else:
            length = read_i32(offsets[cell + 1] + 4 * value + 4) - read_i32(offsets[cell + 1] + 4 * value)
            inner += 1 + _varint_size(length) + length
    if kind == INT64:
        out = _write_header(out, key_address, key, kind, inner)
        for value in range(begin, end):
            out = _write_varint(out, read_i64(values[cell + 1] + 8 * value))
        return out
    out = _write_long_header(out, key_address, key, kind, inner)
    for value in range(begin, end):
        first = read_i32(offsets[cell + 1] + 4 * value)
        length = read_i32(offsets[cell + 1] + 4 * value + 4) - first
        out = _write_bytes(out, values[cell + 1] + first, np.int64(length))
    return out


@njit(cache=True, nogil=True)
def write_records(out, rows, kinds, forms, firsts, key_addresses, keys, values, offsets, bitmaps, starts):
    """Write the record of each row at address `out`, one after the other; returns the address after the last.

    `rows`: int64 row indices. Per field (equal lengths): `kinds` BYTES, FLOAT or INT64; `forms` SCALAR, VECTOR (one value per
    cell, never absent) or LIST (a cell of the list, then one of its values, which are not floats); `firsts` index of its first
    cell, one longer than the fields; `key_addresses` and `keys` address and length of its name. Per cell: addresses of `values`
    (float32, int64 or bytes), int32 `offsets`, validity `bitmaps` (0: all valid), and `starts`, the slice's offset. The caller
    provides room: `ROW_BOUND`, `ENTRY_BOUND`.
    """
    guess = 2  # bytes of the message's length: nearly always that of the previous row
    for i in range(len(rows)):
        record = out
        body = record + 13 + guess
        out = body
        for field in range(len(kinds)):
            first, form = firsts[field], forms[field]
            key_address, key, kind, row = key_addresses[field], keys[field], kinds[field], rows[i]
            if form == LIST:
                out = _write_list(out, key_address, key, kind, first, values, offsets, bitmaps, starts, row)
            elif form == VECTOR:
                last = firsts[field + 1]
                out = _write_vector(out, key_address, key, kind, first, last, values, offsets, bitmaps, starts, row)
            else:
                position = row + starts[first]
                out = _write_scalar(
                    out, key_address, key, kind, values[first], offsets[first], bitmaps[first], position
                )
        size = out - body
        if _varint_size(size) != guess:
            guess = _varint_size(size)
            _move(record + 13 + guess, body, size)
            out = record + 13 + guess + size
        write_u8(record + 12, np.uint8(1 << 3 | _TAG))
        _write_varint(record + 13, size)
        write_u64(record, np.uint64(out - record - 12))
        write_u32(record + 8, masked_crc32c(record, 8))
        write_u32(out, masked_crc32c(record + 12, out - record - 12))
        out += 4
    return out


@njit
def _move(target, source, length):
    """Copy within one buffer, in the direction that does not overwrite bytes before they are read."""
    if target < source:
        for i in range(length):
            write_u8(target + i, read_u8(source + i))
    else:
        for i in range(length - 1, -1, -1):
            write_u8(target + i, read_u8(source + i))
