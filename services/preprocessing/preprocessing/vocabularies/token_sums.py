"""Totals of a categorical column's tokens: small, and additive over parts that have no token in common."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa

from contracts.schema import SPLITS
from preprocessing.kernels.token_sums import BYTES, COUNT, DISTINCT, INVALID, POSITIVES
from preprocessing.vocabularies.token_table import TokenTable, id_order
from sources.arrays import Int64s

RANKED_TOKENS = 1000
"""Tokens whose counts are kept one by one, as TensorFlow Data Validation does (`num_rank_histogram_buckets`)."""

TOP = pa.schema([("token", pa.binary()), ("count", pa.int64()), ("positives", pa.int64())])

_MANY = 1 << 12


_NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Frequencies:
    """Number of tokens by their count: int64 arrays, `counts` descending. Short, since large counts are few."""

    counts: Int64s
    tokens: Int64s

    @classmethod
    def of(cls, small: Int64s, counts: Int64s) -> Frequencies:
        """Build from `small`, the number of tokens by count (`_MANY` includes all above), and every token's `counts`."""
        large, tokens = np.unique(counts[counts >= _MANY] if small[_MANY] else _NONE, return_counts=True)
        values = np.flatnonzero(small[:_MANY])
        return cls(np.concatenate([values, large])[::-1], np.concatenate([small[values], tokens])[::-1])

    def least_of_first(self, tokens: int) -> int:
        """Return the least count of the `tokens` most frequent tokens; of all tokens if they are fewer."""
        if not len(self.counts):
            return 1
        return int(self.counts[min(np.searchsorted(np.cumsum(self.tokens), tokens), len(self.counts) - 1)])

    def __add__(self, other: Frequencies) -> Frequencies:
        """Return the frequencies of both sets of tokens."""
        counts, places = np.unique(np.concatenate([self.counts, other.counts]), return_inverse=True)
        tokens = np.zeros(len(counts), np.int64)
        np.add.at(tokens, places, np.concatenate([self.tokens, other.tokens]))
        return Frequencies(counts[::-1], tokens[::-1])

    def values_before(self, ranks: Int64s) -> Int64s:
        """Return the number of values whose token's rank is below each of `ranks`, which are at most the number of tokens."""
        tokens = np.concatenate([[0], np.cumsum(self.tokens)])
        values = np.concatenate([[0], np.cumsum(self.tokens * self.counts)])
        group = np.searchsorted(tokens, ranks, side="right") - 1
        counts = np.append(self.counts, 0)
        return values[group] + (ranks - tokens[group]) * counts[group]


@dataclass(frozen=True)
class TokenSums:
    """One categorical column in one split, or one bucket of its tokens."""

    count: int
    positives: int
    distinct: int
    length: int
    """Bytes of all values."""
    invalid: int
    """Values that are not UTF-8."""
    top: pa.RecordBatch
    """The most frequent tokens, `RANKED_TOKENS` at most, in the order of ids: see `TOP`."""
    frequencies: Frequencies

    def __add__(self, other: TokenSums) -> TokenSums:
        """Return the sums of both buckets."""
        top = pa.Table.from_batches([self.top, other.top]).combine_chunks()
        batches = top.to_batches()
        batch = batches[0] if batches else self.top
        order = id_order(batch.column(0), batch.column(1).to_numpy())[:RANKED_TOKENS]
        return TokenSums(
            self.count + other.count,
            self.positives + other.positives,
            self.distinct + other.distinct,
            self.length + other.length,
            self.invalid + other.invalid,
            batch.take(pa.array(order)),
            self.frequencies + other.frequencies,
        )


def all_sums(parts: Iterable[TokenSums]) -> TokenSums:
    """Return the sums of one or more buckets; a single one is returned unchanged, since most columns have one."""
    return reduce(operator.add, parts)


def token_sums(table: TokenTable) -> list[TokenSums]:
    """Return a table's sums, by split."""
    totals, small = table.sums(_MANY)
    return [_of_split(table, split, totals[split].tolist(), small[split]) for split in range(SPLITS)]


def _of_split(table: TokenTable, split: int, totals: list[int], small: Int64s) -> TokenSums:
    counts, positives = table.counts[:, split], table.counts[:, SPLITS + split]
    frequencies = Frequencies.of(small, counts)
    top = table.id_order(counts, frequencies.least_of_first(RANKED_TOKENS), RANKED_TOKENS)
    columns = [table.tokens(top), pa.array(counts[top]), pa.array(positives[top])]
    return TokenSums(
        totals[COUNT],
        totals[POSITIVES],
        totals[DISTINCT],
        totals[BYTES],
        totals[INVALID],
        pa.RecordBatch.from_arrays(columns, schema=TOP),
        frequencies,
    )
