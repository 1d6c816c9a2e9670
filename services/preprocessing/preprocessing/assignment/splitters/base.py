"""The interface of each way of dividing rows among splits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa

from contracts.dataset.split_rule import SplitRule
from contracts.schema import ValueType
from sources.arrays import Int32s, Uint8s, Uint64s

if TYPE_CHECKING:
    from preprocessing.assignment.work import Work

NO_TIME = int(np.iinfo(np.int32).min)
"""In place of the day of a row without a time."""
UNDATED = NO_TIME + 1
"""In place of the day of a row whose time is a number."""


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
    days: Int32s | None = None
    """Days since 1970 in UTC, [rows], where a time decides; or `NO_TIME` or `UNDATED`."""

    def slice(self, begin: int, rows: int) -> Divided:
        """Return `rows` rows from `begin`; fewer at the end."""
        end = begin + rows
        return Divided(self.codes[begin:end], None if self.days is None else self.days[begin:end])


def written_name(column: str) -> str:
    """Return the name of a column's values in a batch where they are as the file has them."""
    return f"\0{column}"


class Splitter(ABC):
    """A way to divide rows among splits, as every task of a job receives it."""

    is_by_hashes: ClassVar[bool] = False
    """True if the hashes of `Work.split_columns` decide."""
    is_random: ClassVar[bool] = False
    """True if splits have equal distributions but for chance, so that none needs a comparison of its own with train."""

    @property
    def written(self) -> Sequence[str]:
        """Return the columns that are read as the file has them."""
        return ()

    def key_columns(self, work: Work) -> Mapping[str, ValueType]:
        """Return the columns of the key by whose hash rows are divided; none, the default, where no key does."""
        del work
        return {}

    @abstractmethod
    def rule(self, work: Work) -> SplitRule:
        """Return the rule for the manifest."""

    @abstractmethod
    def divide(self, work: Work, batch: SplitBatch) -> Divided:
        """Return the split of each row, in memory of its own."""
