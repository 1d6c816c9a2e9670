"""Validation of UTF-8, against Python's decoder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.text.utf8 import is_utf8


def is_valid(text: bytes) -> bool:
    data = np.frombuffer(text + b"\0", np.uint8)
    return bool(is_utf8(data.ctypes.data, len(text)))


def decodes(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


LEADING = st.sampled_from([0x7F, 0x80, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF])
FOLLOWING = st.sampled_from([0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0])
PIECE = st.one_of(
    st.binary(max_size=9),
    st.text(max_size=4).map(str.encode),
    st.builds(lambda first, rest: bytes([first, *rest]), LEADING, st.lists(FOLLOWING, max_size=3)),
)


@settings(max_examples=150)
@given(pieces=st.lists(PIECE, max_size=4))
def test_valid_text_is_what_python_decodes(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    assert is_valid(text) == decodes(text)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_every_length_of_character_is_valid_and_none_when_cut(length: int) -> None:
    character = {1: "a", 2: "ä", 3: "€", 4: "😀"}[length].encode()
    assert len(character) == length
    assert is_valid(b"12345678" + character)
    assert is_valid(character + b"12345678")
    for kept in range(1, length):
        assert not is_valid(b"12345678" + character[:kept])


@pytest.mark.parametrize(
    "text",
    [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80"],
    ids=["two bytes for one", "three for one", "four for one", "surrogate", "beyond U+10FFFF", "continuation alone"],
)
def test_invalid_forms_are_refused(text: bytes) -> None:
    assert not is_valid(text)
    assert not is_valid(b"12345678" + text + b"12345678")
