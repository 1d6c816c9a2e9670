"""Reads, writes and copies at addresses, and CRC32C, against plain Python."""

# numba's intrinsics have no types that a checker could use.
# pyright: reportCallIssue=false

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from preprocessing.kernels import memory
from preprocessing.kernels.memory import copy_bytes, equal_bytes, is_valid, masked_crc32c


@njit
def _bits_of(value: float) -> int:
    return memory.bits_of_double(value)


@njit
def _leading_zeros(value: np.uint64) -> int:
    return memory.leading_zeros(value)


@njit
def _write_and_read(address: int) -> tuple[int, int, int, int, float]:
    memory.write_u64(address + 1, np.uint64(0xFEDCBA9876543210))
    memory.write_u32(address + 9, np.uint32(0xC0490FDB))
    memory.write_u8(address, np.uint8(0x80))
    memory.prefetch(address + (1 << 50))
    return (
        memory.read_i64(address + 1),
        memory.read_i32(address + 9),
        memory.read_u32(address + 9),
        memory.read_u8(address),
        memory.read_f32(address + 9),
    )


def test_numbers_are_little_endian_and_need_no_alignment() -> None:
    data = np.zeros(16, np.uint8)
    pi = struct.unpack("<f", struct.pack("<I", 0xC0490FDB))[0]
    long, integer, unsigned, byte, single = _write_and_read(data.ctypes.data)
    assert (long, integer, unsigned) == (0xFEDCBA9876543210 - 2**64, 0xC0490FDB - 2**32, 0xC0490FDB)
    assert (byte, single) == (0x80, pi)
    assert data.tobytes() == b"\x80" + struct.pack("<QI", 0xFEDCBA9876543210, 0xC0490FDB) + bytes(3)


@pytest.mark.parametrize("value", [0.0, -0.0, 1.5, -1e308, 5e-324, float("inf"), float("nan")])
def test_the_bits_of_a_double_are_those_of_ieee(value: float) -> None:
    assert _bits_of(value) == struct.unpack("<Q", struct.pack("<d", value))[0]


@pytest.mark.parametrize("value", [0, 1, 2, 255, 2**32, 2**63, 2**64 - 1])
def test_leading_zeros_are_counted_also_of_zero(value: int) -> None:
    assert _leading_zeros(np.uint64(value)) == 64 - value.bit_length()


@settings(max_examples=60)
@given(data=st.binary(min_size=1, max_size=4), position=st.integers(0, 31))
def test_a_value_is_valid_where_its_bit_is_set(data: bytes, position: int) -> None:
    position %= 8 * len(data)
    bitmap = np.frombuffer(data, np.uint8)
    assert is_valid(bitmap.ctypes.data, position) == bool(data[position // 8] >> (position % 8) & 1)


def test_without_a_bitmap_every_value_is_valid() -> None:
    assert is_valid(0, 12_345)


@settings(max_examples=60)
@given(data=st.binary(max_size=40), offset=st.integers(0, 9))
def test_a_copy_writes_its_bytes_and_no_other(data: bytes, offset: int) -> None:
    source, target = np.frombuffer(data + b"!", np.uint8), np.full(64, 7, np.uint8)
    end = copy_bytes(target.ctypes.data + offset, source.ctypes.data, len(data))
    assert end == target.ctypes.data + offset + len(data)
    assert target.tobytes() == b"\7" * offset + data + b"\7" * (64 - offset - len(data))


@settings(max_examples=60)
@given(data=st.binary(min_size=1, max_size=40), flipped=st.integers(0, 319))
def test_bytes_are_equal_until_a_bit_differs(data: bytes, flipped: int) -> None:
    first, second = (np.frombuffer(data, np.uint8).copy() for _ in range(2))
    assert equal_bytes(first.ctypes.data, second.ctypes.data, len(data))
    place = flipped // 8 % len(data)
    second[place] ^= 1 << (flipped % 8)
    assert not equal_bytes(first.ctypes.data, second.ctypes.data, len(data))
    assert equal_bytes(first.ctypes.data, second.ctypes.data, place)


def crc32c(data: bytes) -> int:
    """Bit by bit, as RFC 3720 defines it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def test_the_checksum_is_castagnoli_masked() -> None:
    data = np.frombuffer(b"123456789", np.uint8)
    crc = 0xE3069283  # the check value of CRC-32C
    assert crc32c(b"123456789") == crc
    assert int(masked_crc32c(data.ctypes.data, len(data))) == masked(crc)


@settings(max_examples=60)
@given(data=st.binary(max_size=50))
def test_checksums_of_any_length_are_those_of_the_definition(data: bytes) -> None:
    array = np.frombuffer(data + b"!", np.uint8)
    assert int(masked_crc32c(array.ctypes.data, len(data))) == masked(crc32c(data))
