"""Shares of the range of a hash: of whole rows, or of the columns of a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.dataset.split_rule import SplitRule
from contracts.schema import SplitName, ValueType
from preprocessing.assignment.assign import row_fingerprints, split_codes
from preprocessing.assignment.splitters.base import Divided, SplitBatch, Splitter
from preprocessing.assignment.splitters.value_hashes import hashed_columns, hashes_by_column, text_options

if TYPE_CHECKING:
    from preprocessing.assignment.work import Work


@dataclass(frozen=True)
class HashSplitter(Splitter):
    """Rows that are equal in the columns of the rule share a split."""

    is_by_hashes = True
    is_random = True

    shares: Mapping[SplitName, float]
    has_key: bool

    def key_columns(self, work: Work) -> Mapping[str, ValueType]:
        """Return the columns of the `split_key`."""
        return work.split_columns if self.has_key else {}

    def rule(self, work: Work) -> SplitRule:
        """Return the rule: all columns of the source that can be read and that the label is not made of, or those of the key."""
        by = "key" if self.has_key else "row"
        return SplitRule(
            by=by, columns=hashed_columns(work), text_options=text_options(work.plan.source), shares=dict(self.shares)
        )

    def divide(self, work: Work, batch: SplitBatch) -> Divided:
        """Return the split of each row by its hash; none is left out."""
        return Divided(
            split_codes(row_fingerprints(hashes_by_column(work, batch), list(work.split_columns)), self.shares)
        )
