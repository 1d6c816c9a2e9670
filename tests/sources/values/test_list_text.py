"""Lists of tokens to text and back: nothing is lost, whatever the tokens are."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.features.many import token_count
from sources.values.list_text import split_text, text_of, written_text

SEPARATORS = ["|", ", ", "\x1f", "é", "::;"]
TOKENS = st.one_of(st.sampled_from([b"", b"[]", b"a]", b"x,", b":", b"::"]), st.binary(max_size=4))


def lists_of(texts: pa.Array, separator: str) -> list[list[bytes] | None]:
    lists = split_text(texts, separator)
    tokens, begin = lists.tokens.to_pylist(), 0
    read: list[list[bytes] | None] = []
    for length in lists.lengths.tolist():
        read.append(None if length < 0 else tokens[begin : begin + max(length, 0)])
        begin += max(length, 0)
    assert begin == len(tokens) == lists.counts.sum()
    return read


@example(lists=[[b""], [], None, [b"[]"], [b"", b""], [b"x", b""]], separator="|")
@given(
    lists=st.lists(st.one_of(st.none(), st.lists(TOKENS, max_size=4)), max_size=8),
    separator=st.sampled_from(SEPARATORS),
)
def test_a_list_is_read_as_it_was_written(lists: list[list[bytes] | None], separator: str) -> None:
    mark = separator.encode()
    lists = [None if own is None else [token for token in own if mark not in token] for own in lists]
    texts, wrong = written_text(pa.array(lists, pa.list_(pa.binary())), separator)
    assert not wrong
    assert texts.to_pylist() == [None if own is None else text_of(own, separator) for own in lists]
    assert lists_of(texts, separator) == lists
    assert lists_of(texts.slice(1), separator) == lists[1:]
    assert [token_count(text, separator) for text in texts.to_pylist() if text] == [
        len(own) for own in lists if own is not None
    ]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (b"a|b", [b"a", b"b"]),
        (b"a|b|", [b"a", b"b"]),
        (b"a||", [b"a", b""]),
        (b"|", [b""]),
        (b"[]", []),
        (b"[]|", [b"[]"]),
        (b"a", [b"a"]),
        (None, None),
    ],
)
def test_texts_of_people_are_read(text: bytes | None, tokens: list[bytes] | None) -> None:
    assert lists_of(pa.array([text], pa.binary()), "|") == [tokens]


def test_tokens_that_hold_the_separator_are_named_by_row() -> None:
    lists = pa.array([[b"a"], [b"b|c", b"d|"], None, [b"|"]], pa.list_(pa.binary()))
    texts, wrong = written_text(lists, "|")
    assert wrong == [1, 3]
    assert texts.to_pylist() == [b"a", None, None, None]
    assert text_of([b"a|"], "|") is None
