"""CRC32C against a table of bytes and the published check value, for messages of any length, and TFRecord's mask of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.crc32c import MARGIN, crc32c, crc32c_of_words, gathered, masked


def bit_by_bit(message: bytes) -> int:
    state = 0xFFFFFFFF
    for byte in message:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


def checksums(messages: list[bytes]) -> list[int]:
    lengths = np.array([len(message) for message in messages], np.int64)
    data = np.frombuffer(bytes(MARGIN) + b"".join(messages) + b"\xff" * MARGIN, np.uint8)
    return crc32c(data, MARGIN + np.cumsum(lengths) - lengths, lengths).tolist()


def test_the_check_value_of_the_polynomial() -> None:
    assert checksums([b"123456789"]) == [0xE3069283]


@given(st.lists(st.binary(max_size=400)))
def test_any_messages(messages: list[bytes]) -> None:
    assert checksums(messages) == [bit_by_bit(message) for message in messages]


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 63, 64, 65, 4095, 4096, 5000, 20_000])
def test_each_length_of_segment(size: int) -> None:
    message = np.random.default_rng(size).bytes(size)
    assert checksums([message, b"", message[:-1]]) == [bit_by_bit(message), 0, bit_by_bit(message[:-1])]


def test_many_segments_at_once() -> None:
    generator = np.random.default_rng(0)
    messages = [generator.bytes(int(generator.integers(0, 90))) for _ in range(9000)]
    chosen = [0, 1, 4095, 8191, 8192, 8999]
    sums = checksums(messages)
    assert [sums[index] for index in chosen] == [bit_by_bit(messages[index]) for index in chosen]


def test_words_and_their_mask() -> None:
    words = gathered(np.arange(20, dtype=np.uint8), np.array([0, 5]), 8)[:, 0]
    expected = [bit_by_bit(bytes(range(start, start + 8))) for start in (0, 5)]
    assert crc32c_of_words(words).tolist() == expected
    assert masked(np.array(expected, np.uint32)).tolist() == [
        ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF for crc in expected
    ]
