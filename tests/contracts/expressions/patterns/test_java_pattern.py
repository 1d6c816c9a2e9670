from __future__ import annotations

import pytest

from contracts.expressions.patterns.java_pattern import parse_pattern


@pytest.mark.parametrize(
    ("pattern", "re2", "groups", "matches_empty"),
    [
        ("ab", "ab", 0, False),
        ("", "", 0, True),
        ("a|b*", "a|b*", 0, True),
        ("(a)(?:b)+?", "(a)(?:b)+?", 1, False),
        (r"\d{2,}\.", r"[0-9]{2,}\.", 0, False),
        (r"[^\s-]", r"[^ \t\n\x{b}\f\r\-]", 0, False),
        (r"\S", r"[^ \t\n\x{b}\f\r]", 0, False),
        (r".", r"[^\n\r\x{85}\x{2028}\x{2029}]", 0, False),
        (r"^a$", r"\Aa\z", 0, False),
        (r"\A\z", r"\A\z", 0, True),
        (r"\x41\u00e9\t", "Aé\\x{9}", 0, False),
        ("a{0}", "a{0}", 0, True),
        ("]}", r"\]\}", 0, False),
    ],
)
def test_what_both_engines_have(pattern: str, re2: str, groups: int, matches_empty: bool) -> None:
    parsed = parse_pattern(pattern)
    assert (parsed.re2, parsed.groups, parsed.matches_empty) == (re2, groups, matches_empty)


@pytest.mark.parametrize(
    ("pattern", "position", "reason"),
    [
        ("(?i)a", 2, "flags"),
        ("(?=a)", 2, "assertions"),
        (r"(a)\1", 4, "no references"),
        ("a++", 3, "possessive"),
        ("a{2}{3}", 5, "double quantifier"),
        ("(a*)+", 5, "repeat differently"),
        (r"\bx", 1, "word boundaries"),
        (r"\p{L}", 1, "Unicode"),
        (r"\Qa\E", 1, "escape each"),
        (r"a\Z", 2, "line end"),
        ("[a[b]]", 3, "single characters"),
        ("[a&&b]", 3, "single characters"),
        (r"[\S]", 2, "this escape"),
        ("[z-a]", 5, "empty"),
        ("(a", 3, "not closed"),
        ("a)", 2, "not opened"),
        ("*a", 1, "nothing to repeat"),
        ("a{2000}", 8, "at most 1000"),
        ("(?:a{100}){100}", 16, "at most 1000"),
        (r"\ud800", 1, "no character"),
        ("[a", 3, "single characters"),
        ("\\", 1, "this escape"),
    ],
)
def test_the_rest_is_refused_with_its_position(pattern: str, position: int, reason: str) -> None:
    with pytest.raises(ValueError, match=rf"character {position} .*{reason}"):
        parse_pattern(pattern)


def test_long_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 1000 characters"):
        parse_pattern("a" * 1001)
