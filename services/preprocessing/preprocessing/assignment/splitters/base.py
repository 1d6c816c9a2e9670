"""The interface of each way of dividing rows among splits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import pyarrow as pa

from contracts.dataset.split_rule import SplitRule
from sources.arrays import Int64s, Uint8s, Uint64s

if TYPE_CHECKING:
    from preprocessing.assignment.work import Work


@dataclass(frozen=True)
class SplitBatch:
    """Rows to be divided: a batch with the columns of `Work.split_columns` and `Work.split_written`.

    `file`: the index of their file in the plan. `place` describes the location of a row in the source. `known`:
    `assign.column_fingerprints` of some of the columns, which are not computed again.
    """

    rows: pa.RecordBatch
    file: int
    place: Callable[[int], str]
    known: Mapping[str, Uint64s] = field(default_factory=dict[str, Uint64s])


class Divided(NamedTuple):
    """Rows with their splits."""

    codes: Uint8s
    """[rows], 1 train, 2 validation, 3 test, 0 none."""
    days: Int64s | None = None
    """Days since 1970 in UTC, [rows], where a time decides; 0 for a row without one."""


class Splitter(ABC):
    """A way to divide rows among splits, as every task of a job receives it."""

    is_by_hashes: ClassVar[bool] = False
    """True if the hashes of `Work.split_columns` decide."""

    @property
    def written(self) -> Sequence[str]:
        """Return the columns that are read as the file has them."""
        return ()

    @abstractmethod
    def rule(self, work: Work) -> SplitRule:
        """Return the rule for the manifest."""

    @abstractmethod
    def divide(self, work: Work, batch: SplitBatch) -> Divided:
        """Return the split of each row, in memory of its own."""
