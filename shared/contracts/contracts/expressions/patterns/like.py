"""Patterns of LIKE, and literals, as RE2's regular expressions."""

from __future__ import annotations

import re


def like_pattern(pattern: str) -> str:
    r"""Return a pattern of LIKE as one of RE2 for the whole text; a character is any, a line end too.

    >>> like_pattern("a_%\\%")
    '(?s)\\Aa..*%\\z'
    """
    parts = [_part(part) for part in re.findall(r"\\.|.", pattern, re.DOTALL)]
    return rf"(?s)\A{''.join(parts)}\z"


def _part(part: str) -> str:
    if part == "%":
        return ".*"
    return "." if part == "_" else quoted(part[-1])


def quoted(text: str) -> str:
    """Return text as a pattern that matches it alone."""
    return "".join(f"\\x{{{ord(c):x}}}" if c.isascii() and not (c.isalnum() or c in " _%@-") else c for c in text)
