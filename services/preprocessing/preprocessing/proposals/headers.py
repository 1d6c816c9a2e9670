"""Detect a header row, and propose column names if it is missing or ambiguous.

Each column has a vote. A column whose other cells are numbers, dates or the like votes for a header if the first cell is not,
else against. A column of words votes against it, if its first cell occurs again below, as categories do; and for it, if all
others have one length and the first another. Without votes, the first row is a header if its cells differ and could be names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from preprocessing.proposals.dialects import is_typed

TYPED_SHARE = 0.9
"""Share of cells that are numbers or dates from which on their column is."""
_NAME = re.compile(r"[^\W\d][\w .()/%#&'-]{0,99}")

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Header:
    """Presence of a header, the reason, and replacement names; None if the file's own are used."""

    is_there: bool
    reason: str
    columns: list[str] | None


def detect_header(rows: Rows, width: int, *, given: bool | None) -> Header:
    """Compare the first row with the others; if `given` is not None, it decides, and only names are checked."""
    first, rest = rows[0], [row for row in rows[1:] if len(row) == width]
    is_there, reason = (given, "given") if given is not None else _vote(first, rest)
    if not is_there:
        return Header(is_there, reason, [f"column_{i + 1}" for i in range(width)])
    names = unambiguous(first)
    return Header(is_there, reason, None if names == list(first) else names)


def _vote(first: Sequence[str], rest: Rows) -> tuple[bool, str]:
    if not rest:
        return True, "there is no other row"
    votes = [
        _column_vote(cell, [row[column] for row in rest]) for column, cell in enumerate(first) if column < len(rest[0])
    ]
    for_it, against = sum(vote > 0 for vote in votes), sum(vote < 0 for vote in votes)
    if sum(votes) > 0:
        return True, f"the first row differs from the others in {for_it} of {len(votes)} columns"
    if sum(votes) < 0:
        return False, f"the first row is like the others in {against} of {len(votes)} columns"
    filled = [cell for cell in first if cell]
    if len(set(filled)) == len(filled) >= len(first) - 1 and all(map(_NAME.fullmatch, filled)):
        return True, "the cells of the first row could be names"
    return False, "the cells of the first row could not be names"


def _column_vote(first: str, rest: list[str]) -> float:
    present = [cell for cell in rest if cell.strip()]
    if not present:
        return 0.0
    typed = sum(map(is_typed, present)) / len(present)
    if typed >= TYPED_SHARE:
        return -1.0 if first.strip() and is_typed(first) else 1.0
    if first in present:
        return -1.0
    lengths = set(map(len, present))
    return 0.5 if len(lengths) == 1 and len(present) > 1 and len(first) not in lengths else 0.0


def unambiguous(names: Sequence[str]) -> list[str]:
    """Return unique names; repeated ones get a numeric suffix: `x`, `x_2`."""
    taken: set[str] = set()
    renamed: list[str] = []
    for name in names:
        unique, number = name, 1
        while unique in taken or (number > 1 and unique in names):
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        renamed.append(unique)
    return renamed
