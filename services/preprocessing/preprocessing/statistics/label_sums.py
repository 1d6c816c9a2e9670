"""Sums of a regression's labels: of all rows, and of those in which a feature is missing. Exact, in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.schema import SPLITS
from preprocessing.statistics.numeric_columns import exact_sum
from sources.arrays import Bools, Float64s, Uint8s


@dataclass(frozen=True)
class LabelSums:
    """Sums by split, as integers of 2^-SUM_BIAS."""

    all: tuple[int, ...]
    where_missing: Mapping[str, tuple[int, ...]]
    """Sums over the rows in which a feature is missing, by feature."""

    @classmethod
    def of(cls, labels: Float64s, codes: Uint8s, missing: Mapping[str, Bools]) -> LabelSums:
        """Sum the labels of a batch: `labels`, `codes` (0: left out, then splits), masks of missing by feature, all [rows]."""
        splits = [codes == split + 1 for split in range(SPLITS)]
        return cls(
            tuple(exact_sum(labels[chosen]) for chosen in splits),
            {name: tuple(exact_sum(labels[chosen & where]) for chosen in splits) for name, where in missing.items()},
        )

    def __add__(self, other: LabelSums) -> LabelSums:
        """Return the sums of both sets of rows. A feature absent from one has no missing value in it."""
        nothing = (0,) * SPLITS
        names = {**self.where_missing, **other.where_missing}
        return LabelSums(
            _added(self.all, other.all),
            {
                name: _added(self.where_missing.get(name, nothing), other.where_missing.get(name, nothing))
                for name in names
            },
        )


NO_LABELS = LabelSums((0,) * SPLITS, {})


def _added(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(first, second, strict=True))
