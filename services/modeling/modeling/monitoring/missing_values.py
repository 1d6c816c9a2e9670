"""Which raw values are missing, by the rules that the graph applies; for rows that were read already."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.features import null_numbers
from contracts.schema import Schema

Bools = npt.NDArray[np.bool_]


class MissingRules:
    """Of one schema: its columns' own spellings of missing."""

    def __init__(self, schema: Schema) -> None:
        self._numbers = {
            at: np.array(found, np.float32)
            for at, feature in enumerate(schema.numeric.values())
            if (found := null_numbers(feature.null_values))
        }
        self._tokens = [{token.encode() for token in schema.nulls_of(name)} for name in schema.categorical]

    def numbers(self, numeric: np.ndarray[Any, Any]) -> Bools:
        """`numeric`: float32 [rows, N]. Missing: NaN, an infinity, or one of the column's own numbers."""
        missing = ~np.isfinite(numeric)
        for at, numbers in self._numbers.items():
            missing[:, at] |= np.isin(numeric[:, at], numbers)
        return missing

    def column(self, at: int, tokens: list[bytes | str]) -> list[bytes | None]:
        """The tokens of one categorical feature as bytes, None where missing."""
        nulls = self._tokens[at]
        encoded = [token.encode() if isinstance(token, str) else token for token in tokens]
        return [None if token in nulls else token for token in encoded]
