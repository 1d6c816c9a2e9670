"""Names and tokens as people can read them, whatever is in them."""

from __future__ import annotations

from chassis.pages.number_format import visible

__all__ = ["cut", "shown_text", "shown_token"]


def shown_token(token: bytes, most: int = 120) -> str:
    r"""A token's bytes as text: what is not UTF-8, or cannot be seen, as an escape.

    >>> shown_token("Zürich".encode()), shown_token(b"caf\xe9\nx"), shown_token(b"")
    ('Zürich', 'caf\\xe9\\nx', '(empty)')
    """
    return shown_text(token[: 4 * most].decode(errors="backslashreplace"), most) if token else "(empty)"


def shown_text(text: str, most: int = 200) -> str:
    """Text with what cannot be seen spelled out, cut to a length that a page can bear."""
    return cut(visible(text[: most + 1]), most)


def cut(text: str, most: int) -> str:
    """The text, or as much of it as there is room for.

    >>> cut("distance", 5)
    'dist…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"
