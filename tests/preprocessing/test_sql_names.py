"""Names in Spark SQL, of columns and of functions."""

from __future__ import annotations

import pytest

from preprocessing.sql_names import columns_in, names_in


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("`a``b` = 1", {"a`b"}),
        ("status <> 'it''s late' OR note = \"x y\"", {"status", "or", "note"}),
        (r"note = 'don\'t' AND Delay > 15", {"note", "and", "delay"}),
        ("2nd_delay > 15", {"2nd_delay"}),
        ("größe > 0", {"größe"}),
        ("15 > 3", set()),
    ],
)
def test_names_of_an_expression(expression: str, names: set[str]) -> None:
    assert names_in(expression) == names


def test_a_number_is_not_taken_for_a_column_of_its_letters() -> None:
    assert not names_in("delay > 1e3 AND distance < 15L") & {"e3", "l"}


@pytest.mark.parametrize(
    ("expression", "columns"),
    [
        ("2nd_price > 5", ["2nd_price"]),
        ("ABS(Price) > 5", ["price"]),
        ("abs(`abs`) > 5", ["abs"]),
        ("note = 'price'", ["note"]),
        ("`no such``name` IS NULL", []),
        ("`a``b` IS NULL", ["a`b"]),
    ],
)
def test_columns_of_an_expression_are_no_functions_and_no_text(expression: str, columns: list[str]) -> None:
    assert columns_in([expression], ["price", "abs", "note", "2nd_price", "a`b"]) == columns
