"""Starts of records in text with quoted fields, against Python's csv module."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.text.quote_states import (
    AFTER_QUOTE,
    FIELD_START,
    PLAIN,
    QUOTED,
    byte_classes,
    range_map,
    record_start,
    record_starts,
)

FIELDS = st.text(st.sampled_from('ab,"\n '), max_size=6)
CLASSES = byte_classes(ord('"'), ord(","))
NO_COMMENT = np.frombuffer(b"", np.uint8)


def bytes_of(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


def written(rows: list[list[str]], end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(rows)
    return out.getvalue()


def starts_of(
    text: str,
    wanted: list[int],
    *,
    escape: int = -1,
    double_quote: bool = True,
    comment: str = "",
    skips_spaces: bool = False,
) -> tuple[list[int], int, bool]:
    marks = bytes_of(comment) if comment else NO_COMMENT
    found = record_starts(
        bytes_of(text), np.array(wanted, np.int64), ord('"'), ord(","), escape, double_quote, marks, skips_spaces
    )
    return found[0].tolist(), found[1], bool(found[2])


@settings(max_examples=200)
@given(rows=st.lists(st.lists(FIELDS, min_size=2, max_size=3), min_size=1, max_size=6), data=st.data())
def test_maps_of_ranges_join_to_the_map_of_the_whole(rows: list[list[str]], data: st.DataObject) -> None:
    text = bytes_of(written(rows))
    cut = data.draw(st.integers(0, len(text)))
    first, second = range_map(text[:cut], CLASSES), range_map(text[cut:], CLASSES)
    np.testing.assert_array_equal(second[first], range_map(text, CLASSES))
    starts, position = [0], 0
    while (found := int(record_start(text[position:], CLASSES, FIELD_START))) >= 0:
        position += found
        starts.append(position)
    records = [text[a:b].tobytes().decode() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    parsed = [row for record in records for row in csv.reader(io.StringIO(record, newline="")) if row]
    assert parsed == rows


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("", FIELD_START),
        ("a", PLAIN),
        ('a"', PLAIN),
        ('"', QUOTED),
        ('"a"', AFTER_QUOTE),
        ('"a""', QUOTED),
        ('"a\n', QUOTED),
        ('"a"b', PLAIN),
        ('"a"\n', FIELD_START),
        ('"a",', FIELD_START),
        ("a,", FIELD_START),
    ],
)
def test_the_state_after_a_text_that_begins_with_a_field(text: str, state: int) -> None:
    assert range_map(bytes_of(text), CLASSES)[FIELD_START] == state


def test_a_record_starts_after_carriage_return_and_line_feed() -> None:
    assert record_start(bytes_of("a\r\nb"), CLASSES, FIELD_START) == 3
    assert record_start(bytes_of("a\rb"), CLASSES, FIELD_START) == 2
    assert record_start(bytes_of("a\r"), CLASSES, FIELD_START) == -1  # a line feed may follow
    assert record_start(bytes_of('x\n"y"\nb'), CLASSES, QUOTED) == 6


@settings(max_examples=100)
@given(
    rows=st.lists(st.lists(FIELDS, min_size=2, max_size=3), min_size=1, max_size=6),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    data=st.data(),
)
def test_records_start_where_csv_has_written_them(rows: list[list[str]], end: str, data: st.DataObject) -> None:
    rows = [[field.replace("\n", end) for field in row] for row in rows]  # else csv would not quote it
    lengths = [len(written([row], end)) for row in rows]
    expected = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    text = written(rows, end)
    wanted = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    starts, last, unfinished = starts_of(text, wanted)
    following = [next((start for start in expected[:-1] if start >= place), -1) for place in wanted]
    assert (starts, last, unfinished) == (following, expected[-2], False)


def test_a_quote_that_is_never_closed_is_reported_with_its_record() -> None:
    assert starts_of('a,b\nc,"d\ne,f\n', [0, 4, 5]) == ([0, 4, -1], 4, True)


def test_an_escape_hides_the_byte_after_it() -> None:
    text = '"a\\"\n",b\nc,d\n'
    assert starts_of(text, [1], escape=ord("\\"), double_quote=False) == ([9], 9, False)
    assert starts_of(text, [1], double_quote=False)[0] == [5]
    assert starts_of("a,b\\", [0], escape=ord("\\")) == ([0], 0, True)


def test_quotes_of_a_comment_mean_nothing() -> None:
    text = '# it"s,"\na,b\n#"\nc,d\n'
    starts, last, unfinished = starts_of(text, [1, 10, 14], comment="#")
    assert (starts, last, unfinished) == ([9, 13, 16], 16, False)
    assert starts_of('a,b\n# "', [0], comment="# ") == ([0], 4, False)


SPACED = byte_classes(ord('"'), ord(","), skips_spaces=True)


@pytest.mark.parametrize(
    ("text", "state"),
    [(" ", FIELD_START), ('  "', QUOTED), ("a ", PLAIN), ('a, "', QUOTED), ('"a" "', PLAIN), ('"a, "', AFTER_QUOTE)],
)
def test_a_quote_after_skipped_spaces_opens_a_field(text: str, state: int) -> None:
    assert range_map(bytes_of(text), SPACED)[FIELD_START] == state
    assert range_map(bytes_of(' "'), CLASSES)[FIELD_START] == PLAIN


@settings(max_examples=100)
@given(rows=st.lists(st.lists(FIELDS, min_size=2, max_size=3), min_size=1, max_size=6), spaces=st.integers(0, 2))
def test_spaces_after_delimiters_move_no_record(rows: list[list[str]], spaces: int) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL, delimiter="\t").writerows(rows)
    text = " " * spaces + out.getvalue().replace('"\t"', '",' + " " * spaces + '"')
    starts, position = [0], 0
    while (found := int(record_start(bytes_of(text)[position:], SPACED, FIELD_START))) >= 0:
        position += found
        starts.append(position)
    records = [text[a:b] for a, b in pairwise(starts)]
    assert [next(csv.reader(io.StringIO(record, newline=""), skipinitialspace=True)) for record in records] == rows
    assert starts_of(text, starts[:-1], skips_spaces=True)[0] == starts[:-1]
