from __future__ import annotations

import re

import pytest

from contracts.expressions.patterns.like import like_pattern, quoted


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("a%", "abc", True),
        ("a_", "abc", False),
        ("%", "\n", True),
        (r"\%\_\\", r"%_\ ".strip(), True),
        ("a.c", "abc", False),
        ("(é)", "(é)", True),
    ],
)
def test_patterns_of_like(pattern: str, text: str, matches: bool) -> None:
    written = re.sub(r"\\x\{([0-9a-f]+)\}", lambda match: re.escape(chr(int(match[1], 16))), like_pattern(pattern))
    assert bool(re.match(written.replace(r"\z", r"\Z"), text)) == matches


def test_a_literal_is_quoted() -> None:
    assert quoted("a.é\n") == r"a\x{2e}é\x{a}"
