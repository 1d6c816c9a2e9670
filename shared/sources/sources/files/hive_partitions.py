"""Columns in the names of folders, `year=2026/month=3/part.csv`, as Hive and Spark write them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

MISSING = "__HIVE_DEFAULT_PARTITION__"
"""What a folder is called whose rows have no value."""


def partition_values(folders: Sequence[str]) -> dict[str, str | None]:
    """The columns that the folders name, outermost first, with their values, percent-decoded; None for a missing one.

    A folder whose name has no `=`, or nothing before it, names no column. Of a column named twice the innermost counts.
    """
    values: dict[str, str | None] = {}
    for folder in folders:
        name, equals, value = folder.partition("=")
        if name and equals:
            values[unquote(name)] = None if value == MISSING else unquote(value)
    return values
