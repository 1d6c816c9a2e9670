"""Detect a header row, and propose column names if it is missing or ambiguous.

A row that holds the label's name is a header. So is one of numbers that ascend by one step, as numbered columns and years do
and rows of values do not. Else each column has a vote. A column whose other cells are numbers, dates or the like votes for a
header if the first cell is not, else against. A column of words votes against it, if its first cell occurs again below, as
categories do; and for it, if all others have one length and the first another. Without votes, the first row is a header if its
cells differ and could be names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from preprocessing.proposals.dialects import is_typed

TYPED_SHARE = 0.9
"""Share of cells that are numbers or dates from which on their column is."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
_NAME = re.compile(r"[^\W\d][\w .()/%#&'-]{0,99}")

Rows = Sequence[Sequence[str]]


FEWEST_NUMBERED = 3
"""Fewer numbers ascend by one step too often by accident."""


@dataclass(frozen=True)
class Header:
    """Presence of a header, the reason, and replacement names; None if the file's own are used.

    `doubtful`: cells of the first row that could be names where it is taken for values, or values where it is taken for names.
    """

    is_there: bool
    reason: str
    columns: list[str] | None
    doubtful: list[str] = field(default_factory=list[str])


def detect_header(rows: Rows, width: int, *, given: bool | None, label: str | None = None) -> Header:
    """Compare the first row with the others; if `given` is not None, it decides, and only names are checked.

    `label`: the name of the label's column, if it is known.
    """
    first, rest = rows[0], [row for row in rows[1:] if len(row) == width]
    is_there, reason, doubtful = (given, "given", []) if given is not None else _judge(first, rest, label)
    if not is_there:
        return Header(is_there, reason, [f"column_{i + 1}" for i in range(width)], doubtful)
    names = unambiguous(first)
    return Header(is_there, reason, None if names == list(first) else names, doubtful)


def _judge(first: Sequence[str], rest: Rows, label: str | None) -> tuple[bool, str, list[str]]:
    """Return whether the first row is a header, why, and the cells that make it doubtful."""
    if label and label in first:
        return True, f"the first row holds the label's name, {label!r}", []
    if not rest:
        return True, "there is no other row", []
    numbers = _numbered(first)
    if numbers and first not in rest and sum(bool(_ascending(row)) for row in rest) < len(rest) / 2:
        return (
            True,
            f"its numbers ascend by one step, from {numbers[0]} to {numbers[-1]}, and other rows' do not",
            numbers,
        )
    return _vote(first, rest)


def _vote(first: Sequence[str], rest: Rows) -> tuple[bool, str, list[str]]:
    votes = [
        _column_vote(cell, [row[column] for row in rest]) for column, cell in enumerate(first) if column < len(rest[0])
    ]
    for_it, against = sum(vote > 0 for vote in votes), sum(vote < 0 for vote in votes)
    if sum(votes) > 0:
        return True, f"the first row differs from the others in {for_it} of {len(votes)} columns", []
    names = [cell for cell, vote in zip(first, votes, strict=False) if vote > 0 and _NAME.fullmatch(cell)]
    if sum(votes) < 0:
        return False, f"the first row is like the others in {against} of {len(votes)} columns", names
    filled = [cell for cell in first if cell]
    if len(set(filled)) == len(filled) >= len(first) - 1 and all(map(_NAME.fullmatch, filled)):
        return True, "the cells of the first row could be names", []
    return False, "the cells of the first row could not be names", names


def _numbered(row: Sequence[str]) -> list[str]:
    """Return the whole numbers of a row where they are as names of columns are; else nothing.

    They ascend by one step. Other cells may be names or empty, but no other values. Without names they are 0, 1, 2 or 1, 2, 3 ….
    """
    numbers = _ascending(row)
    others = [cell for cell in row if cell.strip() and not _NUMBER.fullmatch(cell.strip())]
    is_plain = numbers[:2] in (["0", "1"], ["1", "2"])
    return numbers if all(_NAME.fullmatch(cell.strip()) for cell in others) and (others or is_plain) else []


def _ascending(row: Sequence[str]) -> list[str]:
    """Return the whole numbers of a row where they are enough and ascend by one step; else nothing."""
    numbers = [cell.strip() for cell in row if _NUMBER.fullmatch(cell.strip())]
    steps = {int(later) - int(earlier) for earlier, later in pairwise(numbers)}
    return numbers if len(numbers) >= FEWEST_NUMBERED and len(steps) == 1 and min(steps) > 0 else []


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
