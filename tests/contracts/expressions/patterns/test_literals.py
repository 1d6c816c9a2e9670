from __future__ import annotations

import re

import pytest

from contracts.expressions.patterns.literals import DOUBLE, FALSE, INTEGER, TRUE


@pytest.mark.parametrize(
    ("pattern", "text", "groups"),
    [
        (DOUBLE, " +1.5e-3\n", (None, "1.5e-3")),
        (DOUBLE, "-.5", ("-", ".5")),
        (DOUBLE, "1e", None),
        (DOUBLE, "+-1", None),
        (INTEGER, "-007.9", ("-", "7")),
        (INTEGER, "000", (None, "0")),
        (INTEGER, ".5", None),
        (TRUE, "tRuE", ("RuE", None)),
        (TRUE, "tr", None),
        (FALSE, " 0 ", (None,)),
    ],
)
def test_texts_of_numbers_and_booleans(pattern: str, text: str, groups: tuple[str, ...] | None) -> None:
    match = re.match(pattern.replace(r"\z", r"\Z"), text)
    assert (match and match.groups()) == groups
