"""Readable forms of names and tokens, which may hold any bytes."""

from __future__ import annotations

from chassis.pages.number_format import visible

__all__ = ["cut", "shown_name", "shown_text", "shown_token"]


def shown_token(token: bytes, max_length: int = 120) -> str:
    r"""Return a token's bytes as text; bytes that are not UTF-8, and invisible characters, become escapes.

    >>> shown_token("Zürich".encode()), shown_token(b"caf\xe9\nx"), shown_token(b"")
    ('Zürich', 'caf\\xe9\\nx', '(empty)')
    """
    return shown_text(token[: 4 * max_length].decode(errors="backslashreplace"), max_length) if token else "(empty)"


def shown_text(text: str, max_length: int = 200) -> str:
    """Return text with invisible characters escaped, shortened to `max_length` characters."""
    return cut(visible(text[: max_length + 1]), max_length)


def shown_name(name: str) -> str:
    r"""Return the whole name of a column with invisible characters escaped: names that are cut may be equal.

    >>> shown_name("a\tb")
    'a\\tb'
    """
    return visible(name)


def cut(text: str, max_length: int) -> str:
    """Return the text, shortened to `max_length` characters with an ellipsis if it is longer.

    >>> cut("distance", 5)
    'dist…'
    """
    return text if len(text) <= max_length else text[: max_length - 1] + "…"
