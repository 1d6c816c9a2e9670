r"""Replacements of regular expressions: Java's `$1` as RE2's `\1`."""

from __future__ import annotations

_MOST_GROUPS = 9


def re2_replacement(text: str, groups: int) -> str:
    r"""Return a Java replacement in RE2's syntax. Raise `ValueError` for a group that the pattern does not have.

    A number after `$` has as many digits as there is a group for, as in Java; a backslash stands before a literal.

    >>> re2_replacement(r"$1-\$", 1)
    '\\1-$'
    """
    written: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\":
            if position == len(text):
                raise ValueError(f"a backslash stands before a character in a replacement. Received: {text!r}")
            written.append(_literal(text[position]))
            position += 1
        elif character == "$":
            group, position = _group(text, position, groups)
            written.append(f"\\{group}")
        else:
            written.append(_literal(character))
    return "".join(written)


def _literal(character: str) -> str:
    return "\\\\" if character == "\\" else character


def _group(text: str, position: int, groups: int) -> tuple[int, int]:
    """Return the number of a group, and the position behind it."""
    if not text[position : position + 1].isdecimal() or int(text[position]) > min(groups, _MOST_GROUPS):
        raise ValueError(f"`$` stands before one of {groups} groups in a replacement, at most $9. Received: {text!r}")
    group = int(text[position])
    position += 1
    if text[position : position + 1].isdecimal() and group and group * 10 + int(text[position]) <= groups:
        raise ValueError(f"a replacement refers to at most 9 groups. Received: {text!r}")
    return group, position
