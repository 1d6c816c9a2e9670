"""Columns in the names of folders, `year=2026/month=3/part.csv`, as Hive and Spark write them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

MISSING = "__HIVE_DEFAULT_PARTITION__"
"""Value in a folder's name for rows whose value is missing."""


def partition_values(folders: Sequence[str]) -> dict[str, str | None]:
    """Return the columns in the folders' names, outermost first, with percent-decoded values; None for a missing one.

    A folder whose name has no `=`, or nothing before it, names no column. For a duplicate column the innermost value wins.
    """
    values: dict[str, str | None] = {}
    for folder in folders:
        name, equals, value = folder.partition("=")
        if name and equals:
            values[unquote(name)] = None if value == MISSING else unquote(value)
    return values
