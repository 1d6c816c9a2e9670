"""Lists of tokens in a batch: their tokens counted as those of any column, and their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa

from contracts.errors import InvalidData, pointer
from contracts.features.many import MOST_TOKENS, Many
from contracts.schema import SPLITS
from preprocessing.kernels.text.split_lists import split_lists
from preprocessing.kernels.token_hashing import fingerprints
from preprocessing.vocabularies.token_table import TokenTable
from sources.arrays import Array, Bools, Int32s, Int64s, Uint8s
from sources.values.list_text import list_array, list_lengths


@dataclass(frozen=True)
class StagedLists:
    """The lists of some rows: `numbers` int32 [tokens], each token's number in the run, -1 where it is missing.

    `lengths`: int64 [rows], -1 where the list is missing.
    """

    numbers: Int32s
    lengths: Int64s

    @classmethod
    def of(cls, array: pa.Array) -> StagedLists:
        """Read them as `array` returns them."""
        return cls(cast("pa.ListArray", array).flatten().to_numpy(), list_lengths(array))

    def refuse_long(self, name: str, bag: Many, place: Callable[[int], str]) -> None:
        """Raise `InvalidData` for the first list of more tokens than the rule has. `place`: the words for a row's position."""
        long = np.flatnonzero(self.lengths > bag.max)
        if len(long):
            row = int(long[0])
            raise InvalidData(
                f"{place(row)}, column {name!r}: a list of {self.lengths[row]} tokens, and many.max is {bag.max}; raise "
                f"it, up to {MOST_TOKENS}, or shorten the list",
                pointer=pointer("features", name, "many", "max"),
            )

    def array(self) -> pa.Array:
        """Return lists of int32, null where missing: [rows]."""
        return list_array(pa.array(self.numbers), self.lengths)


@dataclass(frozen=True)
class ListSums:
    """The lists of one split: rows that have one, those with a positive label, empty ones, tokens, fewest and most of a row."""

    rows: int = 0
    positives: int = 0
    empty: int = 0
    tokens: int = 0
    shortest: int = MOST_TOKENS
    longest: int = 0

    def __add__(self, other: ListSums) -> ListSums:
        """Return the sums of both sets of rows."""
        return ListSums(
            self.rows + other.rows,
            self.positives + other.positives,
            self.empty + other.empty,
            self.tokens + other.tokens,
            min(self.shortest, other.shortest),
            max(self.longest, other.longest),
        )


class ListColumn:
    """Counts the tokens and lists of one column; one per task."""

    def __init__(self, separator: str) -> None:
        self._separator = separator
        self.table = TokenTable()
        self.sums = [ListSums() for _ in range(SPLITS)]
        self.held_bytes = 0

    def add(self, texts: pa.Array, codes: Uint8s, positive: Bools) -> StagedLists:
        """Count a column of the texts of lists. `codes`, `positive`: of the rows, as `TokenTable.add` takes them."""
        lists = split_lists(texts, self._separator)
        counts = lists.counts
        numbers = self.table.add(
            lists.tokens, fingerprints(lists.tokens), np.repeat(codes, counts), np.repeat(positive, counts)
        )
        self.held_bytes += lists.tokens.nbytes
        for split in range(SPLITS):
            self.sums[split] += _sums(lists.lengths, positive, codes == split + 1)
        return StagedLists(numbers, lists.lengths)

    def take_tokens(self) -> pa.RecordBatch:
        """Return the run of tokens since the last call, and restart their numbers."""
        run = self.table.run()
        self.table = TokenTable(self.table.capacity)
        self.held_bytes = 0
        return run


def _sums(lengths: Int64s, positive: Bools, chosen: Array) -> ListSums:
    own = lengths[chosen]
    there = own >= 0
    return ListSums(
        rows=int(there.sum()),
        positives=int(positive[chosen][there].sum()),
        empty=int((own == 0).sum()),
        tokens=int(own[there].sum()),
        shortest=int(own[there].min(initial=MOST_TOKENS)),
        longest=int(own.max(initial=0)),
    )
