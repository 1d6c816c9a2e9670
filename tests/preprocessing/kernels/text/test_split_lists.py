"""Lists of texts, split by the kernel as Arrow splits them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.kernels.text.split_lists import split_lists
from sources.values.list_text import split_text

TEXTS: list[bytes | None] = [
    b"a|b",
    b"a|b|",
    b"|",
    b"||a",
    b"[]",
    b"[]|",
    b"",
    None,
    b"x" * 40,
    b"\xff|",
    b"a, b, ",
    b", ",
]


def same(array: pa.Array, separator: str) -> None:
    got, expected = split_lists(array, separator), split_text(array, separator)
    got.tokens.validate(full=True)
    assert got.tokens.to_pylist() == expected.tokens.to_pylist()
    assert got.lengths.tolist() == expected.lengths.tolist()


@pytest.mark.parametrize("separator", ["|", ", ", "\x1f", "ab", "ü"])
def test_nasty_texts(separator: str) -> None:
    array = pa.array([*TEXTS, *(text and text.replace(b"|", separator.encode()) for text in TEXTS)], pa.binary())
    same(array, separator)
    same(array.slice(3, 9), separator)
    same(array.slice(0, 0), separator)


@given(
    st.lists(st.none() | st.text("ab|[],ü ", max_size=12)), st.sampled_from(["|", ", ", "ab", "ü"]), st.integers(0, 3)
)
def test_any_texts(texts: list[str | None], separator: str, begin: int) -> None:
    same(pa.array([text and text.encode() for text in texts], pa.binary()).slice(begin), separator)
