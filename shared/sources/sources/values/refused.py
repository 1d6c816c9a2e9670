"""Search for the values that Arrow does not convert."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa


def refused(values: pa.Array, convert: Callable[[pa.Array], object], first: int = 0) -> list[int]:
    """Return the positions, counted from `first`, of the values for which `convert` raises `ArrowInvalid`, by bisection."""
    try:
        convert(values)
    except pa.ArrowInvalid:
        if len(values) == 1:
            return [first]
        half = len(values) // 2
        return [*refused(values[:half], convert, first), *refused(values[half:], convert, first + half)]
    return []
