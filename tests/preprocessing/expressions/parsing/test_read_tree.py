from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.expressions import ResultType
from preprocessing.expressions.parsing.parse_expression import parse_expression
from preprocessing.expressions.parsing.read_tree import FUNCTIONS

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "expressions.md"
COLUMNS: dict[str, ResultType] = {
    **dict.fromkeys(("dest_lat", "dest_lon", "origin_lat", "origin_lon", "air_time", "distance"), "double"),
    **dict.fromkeys(("departure", "manufactured"), "instant"),
    "email": "text",
}
EXAMPLES = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_reference_are_read(text: str) -> None:
    assert parse_expression(text, COLUMNS, "America/New_York").columns()


def test_each_function_is_in_the_reference() -> None:
    named = set(re.findall(r"`([a-z_0-9]+)[`(]", PAGE.read_text(encoding="utf-8")))
    assert len(EXAMPLES) == 5
    assert {*FUNCTIONS} - named == set()
