"""Names and tokens as people can read them, whatever is in them."""

from __future__ import annotations

import unicodedata

__all__ = ["cut", "shown_text", "shown_token"]

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of characters that have no picture, or turn the direction of others."""


def shown_token(token: bytes, most: int = 120) -> str:
    r"""A token's bytes as text: what is not UTF-8, or cannot be seen, as an escape.

    >>> shown_token("Zürich".encode()), shown_token(b"caf\xe9\n"), shown_token(b"")
    ('Zürich', 'caf\\xe9\\n', '(empty)')
    """
    return shown_text(token[: 4 * most].decode(errors="backslashreplace"), most) if token else "(empty)"


def shown_text(text: str, most: int = 200) -> str:
    """Text with what cannot be seen as an escape, and with spaces at its ends in quotes."""
    found = "".join(_escaped(each) if unicodedata.category(each) in _UNSEEN else each for each in text[: most + 1])
    return cut(found if found == found.strip() else f'"{found}"', most)


def cut(text: str, most: int) -> str:
    """The text, or as much of it as there is room for.

    >>> cut("distance", 5)
    'dist…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
