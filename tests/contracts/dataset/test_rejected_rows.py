"""Skipped rows as lines of JSON: any bytes, and one line each."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dataset.rejected_rows import RejectedRow, from_lines, to_lines

ROWS = st.builds(
    RejectedRow.of,
    st.text(max_size=5),
    st.integers(1, 2**40),
    st.text(st.sampled_from("a\n\r\x85\u2028'\"\\é"), max_size=9),
    st.binary(max_size=12),
)


@settings(max_examples=100)
@given(st.lists(ROWS, max_size=4))
def test_rows_survive_the_file_in_their_order(rows: list[RejectedRow]) -> None:
    lines = list(to_lines(rows))
    assert [line.count(b"\n") for line in lines] == [1] * len(rows)
    assert from_lines(b"".join(lines)) == rows


def test_bytes_that_are_not_text_are_shown_and_kept() -> None:
    row = RejectedRow.of("a.csv", 3, "why", b"1,\xff\r\n")
    assert (row.text, row.raw) == ("1,�\r\n", b"1,\xff\r\n")
    assert b'"raw":"MSz/DQo="' in next(to_lines([row]))
