"""Lists that are vectors by a sample: of numbers, and of one length."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pyarrow as pa

from contracts.features.sequences.vectors import MOST_ELEMENTS
from sources.vectors.spread_columns import list_lengths

_FEWEST = 2
"""Lists that must be there, and elements of each."""


def has_numbers(kind: pa.DataType) -> bool:
    """Return true for lists of numbers."""
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(test(kind) for test in lists) and any(test(kind.value_type) for test in numbers)


def column_length(parts: Iterable[pa.Array]) -> int | None:
    """Return the one length of the lists of numbers in parts of a column; None where there is no such."""
    lengths = [list_lengths(part) for part in parts if has_numbers(part.type)]
    return _one_length(np.concatenate(lengths).tolist() if lengths else [])


def json_length(values: Iterable[Any]) -> int | None:
    """Return the one length of JSON lists of numbers and nulls, of which some are numbers; None where there is no such."""
    there = [value for value in values if value is not None]
    if not all(isinstance(value, list) for value in there):
        return None
    lists = cast("list[list[Any]]", there)
    parts = [part for value in lists for part in value if part is not None]
    if not parts or not all(isinstance(part, int | float | Decimal) and not isinstance(part, bool) for part in parts):
        return None
    return _one_length(list(map(len, lists)))


def _one_length(lengths: list[int]) -> int | None:
    present = [length for length in lengths if length >= 0]
    if len(present) < _FEWEST or min(present) != max(present):
        return None
    return present[0] if _FEWEST <= present[0] <= MOST_ELEMENTS else None
