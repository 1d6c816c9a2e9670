"""Names and tokens of any bytes in readable form."""

from __future__ import annotations

import pytest

from preprocessing.report.display_text import cut, shown_name, shown_text, shown_token


@pytest.mark.parametrize(
    ("token", "shown"),
    [(b"a\x00b", "a\\x00b"), ("\u202eevil".encode(), "\\u202eevil"), (b" a ", "' a '"), (b"x" * 500, "x" * 119 + "…")],
)
def test_tokens_are_shown_readably(token: bytes, shown: str) -> None:
    assert shown_token(token) == shown


def test_half_a_surrogate_pair_is_shown() -> None:
    assert shown_text("a\ud800") == "a\\ud800"


def test_only_what_is_longer_is_cut() -> None:
    assert [cut("abcd", length) for length in (5, 4, 3, 1)] == ["abcd", "abcd", "ab…", "…"]
    assert shown_text("x" * 200) == "x" * 200
    assert shown_text("x" * 201) == "x" * 199 + "…"


def test_a_token_that_is_cut_within_a_character_is_still_text() -> None:
    assert shown_token("€".encode() * 500, 10) == "€" * 9 + "…"


def test_a_name_is_whole_whatever_its_length() -> None:
    assert shown_name("n" * 5000) == "n" * 5000
    assert shown_name("a\u202e\n" + "b" * 300) == "a\\u202e\\n" + "b" * 300
