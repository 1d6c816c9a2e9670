"""Names that the features of a record's example have without being a column's."""

from __future__ import annotations

PACKED_NUMERIC = "numeric"
PACKED_CATEGORICAL = "categorical"
PACKED_LABEL = "label"
PACKED_WEIGHT = "weight"
"""The features of an example in the `packed` layout."""


def packed_list(place: int) -> str:
    """Return the name of the int64 feature with a list's ids in the `packed` layout. `place`: its index among the lists."""
    return f"list{place}"


def float64_label(label: str) -> str:
    """Return the name of the int64 feature with the bits of a label as float64, next to the float feature `label`."""
    return f"{label}:float64"
