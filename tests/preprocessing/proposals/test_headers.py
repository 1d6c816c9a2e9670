"""Whether the first row is a header, by comparison with the others; and names for the columns where it is none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.proposals.headers import detect_header, unambiguous

NUMBERS = [["1", "2.5"], ["2", "3.5"], ["3", "4.5"]]


def found(rows: Sequence[Sequence[str]], *, given: bool | None = None) -> tuple[bool, list[str] | None]:
    header = detect_header(rows, len(rows[0]), given=given)
    return header.is_there, header.columns


@pytest.mark.parametrize(
    ("rows", "is_there"),
    [
        ([["a", "b"], *NUMBERS], True),
        ([["1", "2"], *NUMBERS], False),
        ([["a", "2"], *NUMBERS], False),
        ([["red", "north"], ["red", "south"], ["blue", "north"]], False),
        ([["colour", "side"], ["red", "south"], ["blue", "north"]], True),
        ([["id", "x"], ["AB12", "u"], ["CD34", "v"]], True),
        ([["2024-01-01"], ["2024-01-02"], ["2024-01-03"]], False),
        ([["day"], ["2024-01-02"], ["2024-01-03"]], True),
        ([["colour", "colour"], ["red", "blue"], ["green", "black"]], False),
        ([["3x", "b c d"], ["red", "blue"], ["green", "black"]], False),
    ],
    ids=[
        "words over numbers",
        "all numbers",
        "a draw",
        "categories",
        "names",
        "codes",
        "dates",
        "a day",
        "twice",
        "no name",
    ],
)
def test_the_first_row_is_compared_with_the_others(rows: list[list[str]], is_there: bool) -> None:
    assert found(rows)[0] == is_there


def test_rows_of_another_width_and_empty_cells_have_no_vote() -> None:
    rows = [["a", "b"], ["just", "a", "long", "one"], ["", "1"], ["", "2"], ["1"]]
    assert found(rows) == (True, None)


def test_a_single_row_is_a_header() -> None:
    assert found([["1", "2"]]) == (True, None)
    assert detect_header([["1", "2"]], 2, given=None).reason == "there is no other row"


def test_without_a_header_columns_are_numbered() -> None:
    assert found(NUMBERS) == (False, ["column_1", "column_2"])


def test_what_is_given_decides_and_names_are_made_unambiguous_all_the_same() -> None:
    assert found(NUMBERS, given=True) == (True, None)
    assert found([["a", "b"], *NUMBERS], given=False) == (False, ["column_1", "column_2"])
    assert found([["a", "a"], *NUMBERS], given=True) == (True, ["a", "a_2"])


def test_a_numbered_name_gives_way_to_the_files_own() -> None:
    assert unambiguous(["x", "x_2", "x", "x"]) == ["x", "x_2", "x_3", "x_4"]
    assert unambiguous(["x", "x", "x_2"]) == ["x", "x_3", "x_2"]


@given(st.lists(st.sampled_from(["", "x", "x_2", "x_3", "y", "_2"]), max_size=8))
def test_names_become_distinct_and_first_ones_stay(names: list[str]) -> None:
    unique = unambiguous(names)
    assert len(set(unique)) == len(names)
    assert [unique[names.index(name)] for name in names] == names


@pytest.mark.parametrize(
    ("first", "values"),
    [
        (["0", "1", "2"], "5.1"),
        (["", "0", "1", "2"], "7"),
        (["1", "2", "3", "4"], "9"),
        (["country", "2010", "2011", "2012"], "3"),
        (["0", "1", "2", "target"], "5"),
    ],
    ids=["a frame's numbers", "an index before them", "from one", "years", "a name after them"],
)
def test_names_that_are_digits(first: list[str], values: str) -> None:
    header = detect_header([first, [values] * len(first), ["4"] * len(first)], len(first), given=None)
    assert header.is_there
    assert header.doubtful == [cell for cell in first if cell.isdigit()]


@pytest.mark.parametrize(
    "rows",
    [
        [["1", "2", "3"], ["2", "3", "4"], ["5", "6", "7"]],
        [["10", "20", "30"], ["7", "9", "4"], ["1", "1", "1"]],
        [["1", "2", "3"], ["9", "1", "1"], ["1", "2", "3"]],
        [["0", "1"], ["7", "9"], ["1", "1"]],
        [["0.5", "1", "2", "3"], ["7", "9", "1", "1"], ["1", "1", "8", "4"]],
    ],
    ids=["every row ascends", "no numbering", "the row occurs again", "too few", "a value before them"],
)
def test_digits_that_are_values(rows: list[list[str]]) -> None:
    header = detect_header(rows, len(rows[0]), given=None)
    assert not header.is_there
    assert not header.doubtful


def test_a_row_with_the_label_is_a_header() -> None:
    rows = [["7", "y"], ["1", "2"], ["3", "4"], ["5", "6"]]
    assert not detect_header(rows, 2, given=None).is_there
    assert detect_header(rows, 2, given=None).doubtful == ["y"]
    assert detect_header(rows, 2, given=None, label="y").is_there
    assert not detect_header(rows, 2, given=False, label="y").is_there
