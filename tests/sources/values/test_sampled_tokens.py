from __future__ import annotations

import pyarrow as pa

from sources.values.sampled_tokens import SampledTokens, column_tokens, json_tokens, lists_of_texts


def test_lists_of_json_and_of_arrays_are_alike() -> None:
    values = [["a", "b|c"], None, [], ["a", None, "d;e"]]
    expected = SampledTokens(lists=3, longest=3, different=3, separator=",")
    assert json_tokens(values) == expected
    for kind in (
        pa.list_(pa.string()),
        pa.large_list(pa.large_binary()),
        pa.list_(pa.dictionary(pa.int8(), pa.string())),
    ):
        parts = [pa.array(values[:2], kind), pa.array(values[2:], kind)]
        assert column_tokens(parts) == expected, kind


def test_numbers_and_booleans_are_tokens_too() -> None:
    assert json_tokens([[1, True], [2.5]]) == SampledTokens(2, 2, 3, "|")
    assert column_tokens([pa.array([[True], [False, None]])]) == SampledTokens(2, 2, 2, "|")


def test_bytes_that_are_no_text_are_tokens() -> None:
    assert column_tokens([pa.array([[b"\xff|"]])]) == SampledTokens(1, 1, 1, ";")


def test_other_columns_have_none() -> None:
    assert column_tokens([]) is None
    assert column_tokens([pa.array(["a"])]) is None
    assert json_tokens([None, None, "text", 7]) is None
    assert json_tokens([["a|", ";", ",", "\x1f"]]) == SampledTokens(1, 4, 4, None)


def test_texts_of_numbers_are_lists_of_numbers_and_others_of_bytes() -> None:
    numbers = lists_of_texts(pa.array([b"1|2.5|", None, b"[]", b"|3|"]), "|")
    assert numbers.to_pylist() == [[1.0, 2.5], None, [], [None, 3.0]]
    assert lists_of_texts(pa.array([b"1|a|", b"2|"]), "|").to_pylist() == [[b"1", b"a"], [b"2"]]
    assert lists_of_texts(pa.array([b"\xff|"]), "|").to_pylist() == [[b"\xff"]]
    assert len(lists_of_texts(pa.array([], pa.binary()), "|")) == 0
