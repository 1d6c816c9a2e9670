"""Whether a file has rows: by their number where it is known, else by its units."""

from __future__ import annotations

import pytest

from sources.columnar.units import Units


@pytest.mark.parametrize(
    ("count", "rows", "expected"),
    [(0, 0, False), (3, 0, False), (3, 7, True), (0, None, False), (3, None, True), (-1, None, True)],
)
def test_a_file_has_rows_if_it_may(count: int, rows: int | None, expected: bool) -> None:
    assert Units(["a"], count, rows, pieces=[], passes=[]).has_rows == expected
