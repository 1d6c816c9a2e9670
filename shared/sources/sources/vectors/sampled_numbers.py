"""Lists of numbers in a sample of a column: of one length they are vectors, and with fractions they are no codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.features.sequences.vectors import MOST_ELEMENTS
from sources.vectors.spread_columns import list_lengths

_FEWEST = 2
"""Lists that must be there, and elements of each vector."""


@dataclass(frozen=True)
class SampledNumbers:
    """Lists of numbers: how many there are, their fewest and most elements, and whether one of these has a fraction."""

    lists: int
    shortest: int
    longest: int
    has_fractions: bool

    @property
    def size(self) -> int | None:
        """The one length of vectors; None for other lists."""
        is_vector = self.shortest == self.longest and _FEWEST <= self.longest <= MOST_ELEMENTS
        return self.longest if is_vector else None


def has_numbers(kind: pa.DataType) -> bool:
    """Return true for lists of numbers."""
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(test(kind) for test in lists) and any(test(kind.value_type) for test in numbers)


def column_numbers(parts: Iterable[pa.Array]) -> SampledNumbers | None:
    """Return the lists of numbers in parts of a column; None for fewer than two."""
    own = [part for part in parts if has_numbers(part.type)]
    lengths = np.concatenate([list_lengths(part) for part in own]).tolist() if own else []
    return _sampled(lengths, has_fractions=any(map(_has_fractions, own)))


def json_numbers(values: Iterable[Any]) -> SampledNumbers | None:
    """Return JSON lists of numbers and nulls, of which some are numbers; None for others, and for fewer than two."""
    there = [value for value in values if value is not None]
    if not all(isinstance(value, list) for value in there):
        return None
    lists = cast("list[list[Any]]", there)
    parts = [part for value in lists for part in value if part is not None]
    if not parts or not all(isinstance(part, int | float | Decimal) and not isinstance(part, bool) for part in parts):
        return None
    return _sampled(list(map(len, lists)), has_fractions=any(part != part // 1 for part in parts))


def _has_fractions(part: pa.Array) -> bool:
    if pa.types.is_integer(part.type.value_type):
        return False
    numbers = pc.list_flatten(part).drop_null().cast(pa.float64(), safe=False)
    return bool(pc.any(pc.not_equal(numbers, pc.floor(numbers))).as_py())


def _sampled(lengths: list[int], *, has_fractions: bool) -> SampledNumbers | None:
    present = [length for length in lengths if length >= 0]
    if len(present) < _FEWEST:
        return None
    return SampledNumbers(len(present), min(present), max(present), has_fractions)
