"""The classes of a label: their order, ids and names, which no number of rows changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.classes import class_ids, class_list
from contracts.errors import UnusableLabel


def test_whole_numbers_are_integers_in_ascending_order() -> None:
    assert class_list([b"10", b"9", b"-1", b"9.0", b"0"]) == [-1, 0, 9, 10]


@pytest.mark.parametrize(
    "token", [b"1.5", b"01", b"+1", b"1.", b"1e3", b" 1", b"1\n", b"", b"9" * 19, "\u0661".encode()]
)
def test_one_class_that_is_no_plain_whole_number_makes_all_of_them_text(token: bytes) -> None:
    assert class_list([b"10", b"9", token]) == [name.decode() for name in sorted([b"10", b"9", token])]


def test_text_is_in_the_order_of_its_bytes() -> None:
    assert class_list(["é".encode(), b"z", b"Z", "日".encode()]) == ["Z", "z", "é", "日"]


def test_no_labels_have_no_classes() -> None:
    assert class_list([]) == []
    assert class_ids([b"a"], []) == [-1]


def test_text_must_be_utf8() -> None:
    with pytest.raises(UnusableLabel, match=r"must be text in UTF-8\. Received: 'a\\\\xff'"):
        class_list([b"a\xff"])


def test_unknown_classes_have_no_id() -> None:
    assert class_ids([b"3.00", b"3", b"-0", b"4", b"x", b"\xff"], [0, 3]) == [1, 1, 0, -1, -1, -1]
    assert class_ids([b"b", b"1", b"1.0", b"\xff"], ["1", "b"]) == [1, 0, -1, -1]


TOKENS = st.one_of(
    st.integers(-(10**17), 10**17).map(lambda number: b"%d" % number), st.text(max_size=4).map(str.encode)
)


@settings(max_examples=100)
@given(st.lists(TOKENS, max_size=20))
def test_ids_are_positions_whatever_the_order_and_number_of_rows(tokens: list[bytes]) -> None:
    classes = class_list(tokens)
    assert class_list([*reversed(tokens), *tokens]) == classes
    assert sorted(set(class_ids(tokens, classes))) == list(range(len(classes)))
