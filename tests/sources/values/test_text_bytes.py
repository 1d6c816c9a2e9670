"""The bytes behind a column of text, of slices too."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sources.values.text_bytes import text_bytes


@pytest.mark.parametrize("rows", [[b"ab", None, b"", b"cde"], [None, None], [], [b""]])
def test_rows_begin_and_end_where_they_do(rows: list[bytes | None]) -> None:
    for skipped in range(len(rows) + 1):
        column = pa.array(rows, pa.binary()).slice(skipped)
        text, begins, lengths = text_bytes(column)
        received = [text[begin : begin + length].tobytes() for begin, length in zip(begins, lengths, strict=True)]
        assert received == [row or b"" for row in rows[skipped:]]
