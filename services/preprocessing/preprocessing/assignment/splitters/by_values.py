"""The values of a column that each split lists, in any spelling of a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from contracts.dataset.requested_splits import ColumnSplits
from contracts.dataset.split_rule import SplitRule
from contracts.errors import InvalidRequest
from contracts.schema import SPLIT_NAMES
from preprocessing.assignment.assign import LEFT_OUT
from preprocessing.assignment.splitters.base import Divided, SplitBatch, Splitter
from preprocessing.assignment.splitters.value_hashes import (
    hashed_columns,
    hashes_by_column,
    text_options,
    value_hashes,
)
from sources.values.text_values import Spelling

if TYPE_CHECKING:
    from preprocessing.assignment.work import Work


@dataclass(frozen=True)
class ValueSplitter(Splitter):
    """A row goes to the split that lists its value. `codes_by_hash`: the code of the split of each value, by its hash."""

    is_by_hashes = True

    splits: ColumnSplits
    codes_by_hash: Mapping[int, int]

    @classmethod
    def of(cls, splits: ColumnSplits, spelling: Spelling) -> ValueSplitter:
        """Return the splitter for a source with this spelling of numbers and null tokens.

        Empty text is a missing value, as in the source. Raises `InvalidRequest` for a value that two splits list, also in two
        spellings.
        """
        codes: dict[int, tuple[int, str | None]] = {}
        for code, split in enumerate(SPLIT_NAMES, start=1):
            texts = splits.texts.get(split, [])
            values = [None if text in {None, "", *spelling.null_tokens} else str(text).encode() for text in texts]
            for text, item in zip(
                texts, value_hashes(pa.array(values, pa.binary()), None, spelling).tolist(), strict=True
            ):
                before, as_text = codes.setdefault(item, (code, text))
                if before != code:
                    raise InvalidRequest(
                        f"a value can be of one split. Received: {as_text!r} of {SPLIT_NAMES[before - 1]} and {text!r} of "
                        f"{split}",
                        pointer="/splits/values",
                    )
        return cls(splits, {item: code for item, (code, _) in codes.items()})

    def rule(self, work: Work) -> SplitRule:
        """Return the rule: the values of each split, as text."""
        options = text_options(work.plan.source)
        return SplitRule(
            by="column", columns=hashed_columns(work), text_options=options, shares={}, values=self.splits.texts
        )

    def divide(self, work: Work, batch: SplitBatch) -> Divided:
        """Return the split of each row by its value; a row of no listed value is left out."""
        hashes = hashes_by_column(work, batch)[self.splits.column]
        known = np.array(sorted(self.codes_by_hash), np.uint64)
        of_known = np.array([self.codes_by_hash[item] for item in known.tolist()], np.uint8)
        places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        return Divided(np.where(known[places] == hashes, of_known[places], np.uint8(LEFT_OUT)))
