"""The wire format of protobuf for many messages at once, and for one: varints and length-delimited fields.

Source: the encoding guide of protobuf. The functions for one message accept all that protobuf accepts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sources.arrays import Int64s, Uint64s

VARINT, FIXED64, LENGTH_DELIMITED, START_GROUP, END_GROUP, FIXED32 = range(6)
_LONGEST_VARINT = 10
_DEEPEST = 100
"""Nested groups that protobuf reads."""


class Malformed(ValueError):
    """The message is truncated, or not in protobuf's wire format."""


def short_varints(words: Uint64s) -> tuple[Int64s, Int64s]:
    """Return the varints at the beginning of words, of at most five bytes, and their sizes; size 0 for a longer one."""
    if not (words & np.uint64(0x80)).any():
        return (words & np.uint64(0x7F)).astype(np.int64), np.ones(len(words), np.int64)
    ends = ~words & np.uint64(0x80_8080_8080)
    end = ends & (~ends + np.uint64(1))  # the lowest bit
    within = np.where(ends == 0, np.uint64(0), (end << np.uint64(1)) - np.uint64(1))
    return seven_bits(words & within).astype(np.int64), (np.bitwise_count(within) >> 3).astype(np.int64)


def seven_bits(words: Uint64s) -> Uint64s:
    """Return the lower seven bits of each of the eight bytes, joined: uint64, below 2^56."""
    pairs = (words & np.uint64(0x007F007F007F007F)) | ((words & np.uint64(0x7F007F007F007F00)) >> np.uint64(1))
    fours = (pairs & np.uint64(0x00003FFF00003FFF)) | ((pairs & np.uint64(0x3FFF00003FFF0000)) >> np.uint64(2))
    return (fours & np.uint64(0x000000000FFFFFFF)) | ((fours & np.uint64(0x0FFFFFFF00000000)) >> np.uint64(4))


def varint(message: bytes, position: int) -> tuple[int, int]:
    """Return the varint of a message, modulo 2^64, and the position after it. Raises `Malformed`."""
    value = 0
    for index, byte in enumerate(message[position : position + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position + index + 1
    raise Malformed("a varint does not end")


def fields(message: bytes) -> Iterator[tuple[int, int, bytes | int]]:
    """Yield number, wire type and value of each field: bytes, or for a varint its number. Groups are skipped.

    Raises `Malformed`.
    """
    position = 0
    while position < len(message):
        number, kind, value, position = _field(message, position, 0)
        if kind == END_GROUP:
            raise Malformed("a group ends that did not begin")
        if kind != START_GROUP:
            yield number, kind, value


def _field(message: bytes, position: int, depth: int) -> tuple[int, int, bytes | int, int]:
    tag, position = varint(message, position)
    number, kind = (tag & 0xFFFFFFFF) >> 3, tag & 7
    if tag > 0xFFFFFFFF or (number == 0 and not depth):  # protobuf does not look at numbers of what it skips
        raise Malformed("a field's number is out of range")
    match kind:
        case 0:
            value, position = varint(message, position)
            return number, kind, value, position
        case 2:
            size, position = varint(message, position)
        case 3:
            return number, kind, b"", _after_group(message, position, number, depth + 1)
        case 4:
            return number, kind, b"", position
        case 1 | 5:
            size = 8 if kind == FIXED64 else 4
        case _:
            raise Malformed("a field has an unknown wire type")
    if position + size > len(message):
        raise Malformed("a field is longer than its message")
    return number, kind, message[position : position + size], position + size


def _after_group(message: bytes, position: int, opened: int, depth: int) -> int:
    if depth > _DEEPEST:
        raise Malformed("groups are nested too deeply")
    while position < len(message):
        number, kind, _, position = _field(message, position, depth)
        if kind == END_GROUP:
            if number != opened:
                raise Malformed("a group ends that did not begin")
            return position
    raise Malformed("a group does not end")
