"""Varints of many words at once equal those of one message, at every size."""

from __future__ import annotations

import numpy as np
import pytest

from sources.columnar.tfrecord.wire import Malformed, seven_bits, short_varints, varint


def encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


VALUES = [edge + step for edge in (0, 1 << 7, 1 << 14, 1 << 21, 1 << 28, (1 << 35) - 2) for step in (0, 1)]


def test_short_varints() -> None:
    words = np.array([int.from_bytes(encoded(value).ljust(8, b"\xff")[:8], "little") for value in VALUES], np.uint64)
    values, sizes = short_varints(words)
    assert values.tolist() == VALUES
    assert sizes.tolist() == [len(encoded(value)) for value in VALUES]
    values, sizes = short_varints(np.array([0x80_8080_8080, 1], np.uint64))
    assert sizes.tolist() == [0, 1]


@pytest.mark.parametrize("value", [0, 1, (1 << 56) - 1, 0x123456789ABCD])
def test_seven_bits(value: int) -> None:
    word = int.from_bytes(encoded(value).ljust(8, b"\0"), "little")
    assert seven_bits(np.array([word], np.uint64)).tolist() == [value]


@pytest.mark.parametrize("value", [*VALUES, (1 << 64) - 1])
def test_one_varint(value: int) -> None:
    assert varint(b"\x01" + encoded(value), 1) == (value, 1 + len(encoded(value)))
    with pytest.raises(Malformed, match="does not end"):
        varint(encoded(value)[:-1] + b"\x80", 0)
