"""Encodings: which can be split in bytes, and streams that become UTF-8 however they are cut."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.text import encodings
from sources.text.encodings import ESCAPED_BYTE, Utf8Stream, is_cut_in_bytes, is_superset_of_ascii, is_utf8


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "utf_8", "U8", "utf-8-sig", "cp65001"])
def test_utf8_has_many_names(name: str) -> None:
    assert is_utf8(name)
    assert is_cut_in_bytes(name)


@pytest.mark.parametrize("name", ["ascii", "latin-1", "cp1252", "iso8859-15", "koi8-r", "mac_roman", "euc_kr"])
def test_supersets_of_ascii_are_split_in_bytes(name: str) -> None:
    assert not is_utf8(name)
    assert is_superset_of_ascii(name)
    assert is_cut_in_bytes(name)


@pytest.mark.parametrize(
    "name",
    [
        "utf-16",
        "utf-16-le",
        "utf-32-be",
        "utf-7",
        "euc_jp",
        "shift_jis",
        "gb18030",
        "gbk",
        "big5",
        "cp037",
        "iso2022_jp",
        "hz",
    ],
)
def test_other_encodings_are_not(name: str) -> None:
    assert not is_cut_in_bytes(name)


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=100)
@given(
    TEXT, st.sampled_from(["utf-16", "utf-16-be", "utf-32", "gb18030", "utf-7"]), st.integers(1, 9), st.integers(1, 5)
)
def test_a_stream_is_its_text_however_it_is_cut(text: str, encoding: str, chunk: int, wanted: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encodings, "_CHUNK", chunk)
        stream = Utf8Stream(io.BytesIO(text.encode(encoding)), encoding)
        assert b"".join(iter(lambda: stream.read(wanted), b"")) == text.encode()
        assert stream.read(1) == b"", "the end stays the end"


@pytest.mark.parametrize("data", [b"a\x00\x00\xd8a\x00", b"a\x00b"], ids=["lone surrogate", "half a character"])
def test_invalid_bytes_are_an_error(data: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        Utf8Stream(io.BytesIO(data), "utf-16-le").readall()


def test_closing_closes_the_file() -> None:
    file = io.BytesIO(b"a")
    with Utf8Stream(file, "utf-16-le") as stream:
        assert stream.readable()
    assert file.closed


def test_an_undecodable_byte_is_found_in_the_text() -> None:
    text = b"a\x81\xffb".decode("cp1252", "surrogateescape").encode("utf-8", "surrogatepass")
    found = [ord(match[0].decode("utf-8", "surrogatepass")) - 0xDC00 for match in ESCAPED_BYTE.finditer(text)]
    assert found == [0x81], "0xff is a letter of cp1252"
    assert not ESCAPED_BYTE.search("ÿ\ud7ff\ue000".encode())
