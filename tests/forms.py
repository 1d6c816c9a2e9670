"""The forms that a dataset job gives its records."""

from __future__ import annotations

from contracts.schema import Layout, Records

FORMS: list[tuple[Records, Layout]] = [
    ("none", "columns"),
    ("raw", "columns"),
    ("raw", "packed"),
    ("transformed", "columns"),
    ("transformed", "packed"),
]
"""Records and layout."""
