"""Columns of a sample: distinct values with their counts, and what each of them parses as."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.proposals.tables import sampled

from preprocessing.proposals.sampled_columns import MISSING, duplicate_rows, shown
from sources.values.text_values import Spelling


def test_values_are_counted_in_the_order_of_the_file() -> None:
    found = sampled(["b", None, "a", "b", ""])
    assert (found.tokens(), found.counts.tolist()) == (["b", "a", ""], [2, 1, 1])
    assert found.codes.tolist() == [0, MISSING, 1, 0, 2]
    assert (found.present, found.missing, found.distinct) == (4, 1, 3)


def test_a_column_without_values_is_no_error() -> None:
    for values in ([], [None, None]):
        found = sampled(values)
        assert (found.present, found.missing, found.distinct) == (0, len(values), 0)
        assert found.share(found.times) == 0.0
        assert (found.top(), found.tokens(), found.distinct_estimated(complete=False)) == ([], [], 0)


@pytest.mark.parametrize(
    ("text", "number", "is_whole", "is_number"),
    [
        ("12", 12.0, True, True),
        (" -7\t", -7.0, True, True),
        ("1.5", 1.5, False, True),
        (".5", 0.5, False, True),
        ("5.", 5.0, False, True),
        ("1e3", 1000.0, False, True),
        ("007", 7.0, True, True),
        ("9007199254740993", 9007199254740992.0, True, True),
        ("99999999999999999999", 1e20, False, True),
        ("nan", None, False, True),
        ("-inf", None, False, True),
        ("+5", None, False, False),
        ("0x1F", None, False, False),
        ("1,5", None, False, False),
        ("1_000", None, False, False),
        ("", None, False, False),
        ("٣", None, False, False),
        ("12 kg", None, False, False),
    ],
)
def test_what_is_a_number(text: str, number: float | None, is_whole: bool, is_number: bool) -> None:
    found = sampled([text])
    assert found.numbers.tolist() == [number] if number is not None else np.isnan(found.numbers[0])
    assert (found.wholes.tolist(), found.are_numbers.tolist()) == ([is_whole], [is_number])


def test_another_spelling_makes_other_numbers() -> None:
    found = sampled(["1.234,5", "12", "1.23,5", "1,5", "1.5"]).spelled(Spelling((), ",", "."))
    assert found.are_numbers.tolist() == [True, True, False, True, False]
    assert found.numbers[[0, 1, 3]].tolist() == [1234.5, 12.0, 1.5]


@pytest.mark.parametrize(
    ("text", "is_time"),
    [
        ("2024-01-31", True),
        ("31.1.2024", True),
        ("1/2/24", True),
        ("3 January 2024", True),
        ("2024-01-31T23:59:59.123+01:00", True),
        ("2024-01-31 11:59 pm UTC", True),
        ("23:59", False),
        ("2024", False),
        ("1.2.3", False),
        ("192.168.10.2024", False),
    ],
)
def test_what_is_a_date(text: str, is_time: bool) -> None:
    assert sampled([text]).times.tolist() == [is_time]


def test_leading_zeros() -> None:
    assert sampled(["0", "00", "07", "0.5", "70", " 012 "]).leading_zeros.tolist() == [
        False,
        True,
        True,
        False,
        False,
        True,
    ]


def test_shares_are_of_the_rows_that_have_a_value() -> None:
    found = sampled(["1", "1", "1", "x", None, None])
    assert found.share(found.are_numbers) == 0.75


def test_the_most_frequent_values_come_first_ties_by_file() -> None:
    found = sampled([*"aabbbcdefg", "a"])
    assert [(token.value, token.count) for token in found.top()] == [("a", 3), ("b", 3), ("c", 1), ("d", 1), ("e", 1)]
    chosen = np.array([token in {"g", "b"} for token in found.tokens()])
    assert [token.value for token in found.top(chosen)] == ["b", "g"]


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["a", "b", "NA", "?", None]), max_size=12), st.sets(st.sampled_from(["a", "NA", "z"])))
def test_without_tokens_their_rows_are_missing(values: list[str | None], tokens: set[str]) -> None:
    left = sampled(values).without(tokens)
    expected = [None if value in tokens else value for value in values]
    names = [*left.tokens(), None]
    assert [names[code] for code in left.codes] == expected
    assert dict(zip(left.tokens(), left.counts.tolist(), strict=True)) == Counter(value for value in expected if value)


def test_spellings_are_found_with_the_spaces_around_them() -> None:
    found = sampled(["NA", " NA", "na", "", " ", "x"])
    assert found.spelled_as(frozenset({"NA", ""})) == {"NA": 1, " NA": 1, " ": 1}


def test_row_numbers_are_by_row() -> None:
    np.testing.assert_array_equal(sampled(["3", None, "x", "3"]).row_numbers(), [3.0, np.nan, np.nan, 3.0])


def test_the_number_of_distinct_values_is_estimated_by_chao() -> None:
    twice = sampled(["a", "a", "b", "b", "c", "d", "e"])
    assert twice.distinct_estimated(complete=True) == 5
    assert twice.distinct_estimated(complete=False) == 5 + round(3 * 3 / (2 * 2))
    assert sampled([*"abcd"]).distinct_estimated(complete=False) == 4 + 4 * 3 // 2
    assert sampled([*"aaabbb"]).distinct_estimated(complete=False) == 2


def test_bytes_that_are_not_utf8_are_no_text() -> None:
    found = sampled([b"\xff\xfe", b"ok"])
    assert found.tokens() == ["", "ok"]
    assert (found.are_numbers.tolist(), found.top()[0].value) == ([False, False], "\\xff\\xfe")


def test_long_values_are_shown_short() -> None:
    assert shown(b"x" * 80) == "x" * 80
    assert shown(b"x" * 81) == "x" * 80 + "…"
    assert shown("€".encode() * 200) == "€" * 80 + "…"


@pytest.mark.parametrize(
    ("rows", "duplicates"),
    [
        ([], 0),
        ([("a", "1")], 0),
        ([("a", "1"), ("a", "2"), ("b", "1")], 0),
        ([("a", "1"), ("a", "1"), ("b", None), ("b", None), ("b", None), (None, "1")], 3),
    ],
)
def test_rows_equal_to_an_earlier_one_are_counted(rows: list[tuple[str | None, str | None]], duplicates: int) -> None:
    columns = [sampled([row[place] for row in rows], f"c{place}") for place in (0, 1)]
    assert duplicate_rows(columns, len(rows)) == duplicates
