"""Names that no column has: the nearest one, and all of them in quotes."""

from __future__ import annotations

import pytest

from contracts.errors import NotFound
from preprocessing.planning.column_names import unknown_column


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("income", ["age", " income"], "no column 'income'; the nearest is ' income'. Its columns: 'age', ' income'"),
        ("Age", ["age", "AGE2"], "no column 'Age'; the nearest is 'age'. Its columns: 'age', 'AGE2'"),
        ("hour", ["hours", "x"], "no column 'hour'; the nearest is 'hours'. Its columns: 'hours', 'x'"),
        ("z", ["a", "b"], "the source has no column 'z'. Its columns: 'a', 'b'"),
    ],
)
def test_the_nearest_name_and_all_in_quotes(name: str, columns: list[str], message: str) -> None:
    error = unknown_column(name, columns, "/label/column")
    assert isinstance(error, NotFound)
    assert error.message.endswith(message)
    assert error.pointer == "/label/column"


def test_many_names_are_counted() -> None:
    assert unknown_column("z", [f"c{i}" for i in range(60)], "/weight").message.endswith("'c49' and 10 more")
