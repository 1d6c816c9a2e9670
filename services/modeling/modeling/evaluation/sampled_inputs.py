"""A uniform sample of a split's rows, collected while its batches pass in order."""

from __future__ import annotations

import numpy as np

from sources.arrays import Array


class SampledInputs:
    """Model inputs, labels and weights of `rows` rows of a split of `split_rows`; the seed determines which."""

    def __init__(self, split_rows: int, rows: int, seed: int) -> None:
        if rows >= split_rows:
            self._chosen = np.arange(split_rows)
        else:
            self._chosen = np.sort(np.random.default_rng(seed).choice(split_rows, rows, replace=False))
        self._passed = 0
        self._parts: list[tuple[Array, ...]] = []

    def among_next(self, rows: int) -> Array:
        """Return which of the split's next `rows` rows are in the sample, as ascending indices from 0."""
        begin, end = np.searchsorted(self._chosen, [self._passed, self._passed + rows])
        chosen = self._chosen[begin:end] - self._passed
        self._passed += rows
        return chosen

    def add(self, *parts: Array) -> None:
        """Add rows of the sample: numbers, ids, labels and any weights, [rows, …] each."""
        self._parts.append(parts)

    @property
    def rows(self) -> tuple[Array, ...]:
        """The rows added, in order; empty before the first."""
        return tuple(np.concatenate(parts) for parts in zip(*self._parts, strict=True))
