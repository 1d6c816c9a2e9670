"""Count and order tokens: exact, for any bytes and any number of tokens.

A `TokenTable` belongs to one column and one task. It exports its counts as a run: a record batch of the columns of `RUN`, with
distinct tokens in the order of hash groups, so that merging tasks can divide a column's tokens among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.schema import SPLITS
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.count_tokens import (
    COUNTS,
    ENTRY,
    FIRST_COUNT,
    HASH,
    add_counts,
    count_tokens,
    enter_again,
    first_bytes,
    gather_counts,
    gather_tokens,
    order_by_group,
    sort_keys,
    text_size,
)
from preprocessing.kernels.token_hashing import fingerprints
from preprocessing.kernels.token_sums import SUMS, sum_tokens
from sources.arrays import Bools, Int32s, Int64s, Uint8s, Uint64s

RUN = pa.schema(
    [("token", pa.binary()), ("hash", pa.uint64()), ("number", pa.int32()), ("counts", pa.list_(pa.int32(), COUNTS))]
)
"""A token, its FarmHash Fingerprint64, its number in the table that counted it, and its columns of `TokenTable.counts`."""

_FIRST_CAPACITY = 1 << 10
_FEW_TIES = 0.01
_MANY = (1 << 16) - 1


class TokenTable:
    """Counts the tokens of one column, from values or from runs. Keeps the added arrays alive, since it copies no token."""

    def __init__(self, capacity: int = _FIRST_CAPACITY) -> None:
        self._allocate(capacity)
        self._size = 0
        self._kept: list[Any] = []

    def __len__(self) -> int:
        return self._size

    @property
    def capacity(self) -> int:
        """Return the number of tokens that fit before the table grows."""
        return len(self._entries)

    def _allocate(self, capacity: int) -> None:
        self._slots = np.zeros(1 << (2 * capacity - 1).bit_length(), np.int32)
        self._entries = np.zeros((capacity, ENTRY), np.int64)

    def _grow(self) -> None:
        kept = self._entries
        self._allocate(4 * len(kept))
        self._entries[: self._size] = kept
        enter_again(self._slots, self._entries, self._size)

    def add(self, array: pa.Array, items: Uint64s, codes: Uint8s, positive: Bools) -> Int32s:
        """Count a binary column's values; returns the number of each one's token, -1 if not counted: int32 [rows].

        `items`: uint64, the values' fingerprints. `codes`: uint8, 1 to 3 for the splits; rows of code 0 are not counted.
        `positive`: true for a positive label. Missing and empty values are not tokens.
        """
        self._kept.append(array)
        addresses = column(array)
        numbers = np.empty(len(codes), np.int32)
        row = 0
        while row < len(codes):
            values = (addresses.values, addresses.offsets, addresses.bitmap, addresses.start, items, codes, positive)
            row, self._size = count_tokens(row, self._size, *values, numbers, self._slots, self._entries)
            if row < len(codes):
                self._grow()
        return numbers

    def add_run(self, run: pa.RecordBatch) -> Int32s:
        """Count the tokens of a run; returns the number of each in this table: int32 [tokens].

        The table must have been made with a capacity for all tokens of all its runs.
        """
        self._kept.append(run)
        addresses = column(run.column(0))
        counts = run.column(3).flatten().to_numpy().reshape(-1, COUNTS)
        numbers = np.empty(len(run), np.int32)
        items = run.column(1).to_numpy()
        offsets = addresses.offsets + 4 * addresses.start
        self._size = cast(
            "int", add_counts(self._size, addresses.values, offsets, items, counts, numbers, self._slots, self._entries)
        )
        return numbers

    @property
    def counts(self) -> Int64s:
        """Return, by token number, the count in each split, then the count with a positive label: int64 [tokens, COUNTS]."""
        return self._entries[: self._size, FIRST_COUNT:]

    @property
    def hashes(self) -> Uint64s:
        """Return each token's FarmHash Fingerprint64, by number: uint64 [tokens]."""
        return self._entries[: self._size, HASH].view(np.uint64)

    def sums(self, many: int) -> tuple[Int64s, Int64s]:
        """Return the totals by split, int64 [SPLITS, SUMS], and the number of tokens by count: see `sum_tokens`."""
        totals, frequencies = np.zeros((SPLITS, SUMS), np.int64), np.zeros((SPLITS, many + 1), np.int64)
        sum_tokens(self._entries, self._size, totals, frequencies)
        return totals, frequencies

    def tokens(self, numbers: Int64s) -> pa.BinaryArray:
        """Return a copy of the tokens with these numbers."""
        offsets = np.zeros(len(numbers) + 1, np.int32)
        text = np.empty(text_size(self._entries, numbers), np.uint8)
        gather_tokens(text.ctypes.data, offsets, self._entries, numbers)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
        return cast("pa.BinaryArray", pa.Array.from_buffers(pa.binary(), len(numbers), cast("Any", buffers)))

    def run(self) -> pa.RecordBatch:
        """Return all tokens and counts as a run."""
        numbers = cast("Int64s", order_by_group(self._entries, self._size))
        hashes, counts = np.empty(len(numbers), np.uint64), np.empty((len(numbers), COUNTS), np.int32)
        gather_counts(hashes, counts, self._entries, numbers)
        columns = [
            self.tokens(numbers),
            pa.array(hashes),
            pa.array(numbers.astype(np.int32)),
            pa.FixedSizeListArray.from_arrays(pa.array(counts.reshape(-1)), COUNTS),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=RUN)

    def find(self, tokens: Sequence[bytes]) -> Int64s:
        """Return the number of each of a few tokens, -1 if it was never counted: int64 [tokens]."""
        if not tokens:
            return np.empty(0, np.int64)
        candidates = np.flatnonzero(np.isin(self.hashes, fingerprints(pa.array(tokens, pa.binary()))))
        known = dict(zip(self.tokens(candidates).to_pylist(), candidates.tolist(), strict=True))
        return np.array([known.get(token, -1) for token in tokens], np.int64)

    def id_order(
        self, counts: Int64s, least: int = 1, size: int | None = None, without: Int64s | None = None
    ) -> Int64s:
        """Return the numbers of the first `size` tokens counted at least `least` times, in the order of ids; see `id_order`.

        `without`: numbers of tokens to leave out.
        """
        numbers = np.flatnonzero(counts >= least)
        if without is not None and len(without):
            numbers = np.setdiff1d(numbers, without)
        if size is not None and size < len(numbers):
            numbers = self._candidates(numbers, counts[numbers], size)
        keys = np.empty(len(numbers), np.uint64)
        first_bytes(keys, self._entries, numbers)
        order = _in_order(keys, counts[numbers], lambda chosen: self.tokens(numbers[chosen]))
        return numbers[order[:size]]

    def _candidates(self, numbers: Int64s, counts: Int64s, size: int) -> Int64s:
        """Return the numbers that can be among the first `size`, by counts and first bytes, so that only they need sorting."""
        if size == 0:
            return numbers[:0]
        least = np.partition(counts, len(counts) - size)[len(counts) - size]
        above, level = numbers[counts > least], numbers[counts == least]
        keys = np.empty(len(level), np.uint64)
        first_bytes(keys, self._entries, level)
        room = size - len(above)
        return np.concatenate([above, level[keys <= np.partition(keys, room - 1)[room - 1]]])


def id_order(tokens: pa.Array, counts: Int64s) -> Int64s:
    """Return the indices that sort tokens by descending count, ties by ascending bytes: int64 [tokens]."""
    addresses = column(tokens)
    keys = np.empty(len(tokens), np.uint64)
    sort_keys(keys, addresses.values, addresses.offsets + 4 * addresses.start, len(tokens))
    return _in_order(keys, counts, lambda chosen: tokens.take(pa.array(chosen)))


def _in_order(keys: Uint64s, counts: Int64s, tokens: Callable[[Int64s], pa.Array]) -> Int64s:
    """Return the order of `id_order` for tokens whose first eight bytes as a number are `keys`; `tokens` takes indices.

    Sorting by that number is four times as fast as by bytes; ties are then sorted by all bytes.
    """
    if not len(keys):
        return np.empty(0, np.int64)
    order = _by_count(np.argsort(keys), counts)
    tied = np.flatnonzero((keys[order[1:]] == keys[order[:-1]]) & (counts[order[1:]] == counts[order[:-1]]))
    if len(tied) > _FEW_TIES * len(order):
        table = pa.table({"token": tokens(np.arange(len(keys))), "count": pa.array(counts)})
        exact = pc.sort_indices(table, sort_keys=[("count", "descending"), ("token", "ascending")])
        return cast("Int64s", exact.to_numpy().astype(np.int64))
    for start, end in _stretches(tied):
        alike = order[start:end]
        order[start:end] = alike[pc.sort_indices(tokens(alike)).to_numpy()]
    return order


def _by_count(order: Int64s, counts: Int64s) -> Int64s:
    """Sort `order` stably by descending count. Counts below 2^16, which nearly all are, are sorted by radix."""
    counts = counts[order]
    many = counts > _MANY
    few = order[~many]
    by_count = np.argsort((_MANY - counts[~many]).astype(np.uint16), kind="stable")
    frequent = order[many]
    return np.concatenate([frequent[np.argsort(-counts[many], kind="stable")], few[by_count]])


def _stretches(tied: Int64s) -> Sequence[tuple[int, int]]:
    """Return the half-open stretches of equal keys, from the positions that tie with the next one."""
    if not len(tied):
        return []
    breaks = np.flatnonzero(np.diff(tied) > 1)
    starts = tied[np.concatenate([[0], breaks + 1])]
    ends = tied[np.concatenate([breaks, [len(tied) - 1]])] + 2
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
