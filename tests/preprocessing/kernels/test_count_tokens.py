"""The hash table of tokens, against dictionaries; also where every token has the same hash."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

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

TOKEN = st.one_of(
    st.none(),
    st.binary(max_size=10),
    st.sampled_from([b"a", b"a\0", b"\0a", b"abcdefgh", b"abcdefghi", b"abcdefgh\0", b"abcdXfgh"]),
)
ROWS = st.lists(st.tuples(TOKEN, st.integers(0, 3), st.booleans()), max_size=40)
Rows = list[tuple[bytes | None, int, bool]]


class Table:
    """The arrays of a table, and the column that it counts."""

    def __init__(self, tokens: list[bytes | None], capacity: int, *, colliding: bool = False) -> None:
        self.array = pa.array([b"before", *tokens], pa.binary()).slice(1)
        self.items = np.full(len(tokens), 5, np.uint64) if colliding else fingerprints(self.array)
        self.entries = np.zeros((capacity, ENTRY), np.int64)
        self.slots = np.zeros(1 << (2 * capacity - 1).bit_length(), np.int32)

    def count(self, row: int, size: int, rows: Rows, numbers: npt.NDArray[np.int32]) -> tuple[int, int]:
        addresses = column(self.array)
        codes = np.array([code for _, code, _ in rows], np.uint8)
        positive = np.array([positive for _, _, positive in rows], np.bool_)
        place = (addresses.values, addresses.offsets, addresses.bitmap, addresses.start)
        return count_tokens(row, size, *place, self.items, codes, positive, numbers, self.slots, self.entries)

    def tokens(self, order: npt.NDArray[np.int64]) -> list[bytes]:
        text, offsets = np.empty(text_size(self.entries, order), np.uint8), np.zeros(len(order) + 1, np.int32)
        gather_tokens(text.ctypes.data, offsets, self.entries, order)
        return [text[a:b].tobytes() for a, b in pairwise(offsets)]


@settings(max_examples=100)
@given(rows=ROWS, colliding=st.booleans())
def test_each_token_has_its_own_counts(rows: Rows, *, colliding: bool) -> None:
    table = Table([token for token, _, _ in rows], len(rows) + 1, colliding=colliding)
    numbers = np.empty(len(rows), np.int32)
    row, size = table.count(0, 0, rows, numbers)
    assert row == len(rows)
    tokens = table.tokens(np.arange(size))
    counted = [(token, code, positive) for token, code, positive in rows if token and code]
    assert tokens == list(dict.fromkeys(token for token, _, _ in counted))
    assert [tokens[number] if number >= 0 else None for number in numbers.tolist()] == [
        token if token and code else None for token, code, _ in rows
    ]
    occurrences, positives = Counter((t, c) for t, c, _ in counted), Counter((t, c) for t, c, p in counted if p)
    expected = [[counts[token, c] for counts in (occurrences, positives) for c in (1, 2, 3)] for token in tokens]
    assert table.entries[:size, FIRST_COUNT:].tolist() == expected


def test_counting_stops_at_a_token_that_has_no_room_and_goes_on_after_growth() -> None:
    rows: Rows = [(token, 1, False) for token in (b"a", b"b", b"a", b"c", b"b")]
    table = Table([token for token, _, _ in rows], 2)
    numbers = np.empty(len(rows), np.int32)
    assert table.count(0, 0, rows, numbers) == (3, 2)
    table.entries, kept = np.zeros((4, ENTRY), np.int64), table.entries
    table.entries[:2], table.slots = kept, np.zeros(8, np.int32)
    enter_again(table.slots, table.entries, 2)
    assert table.count(3, 2, rows, numbers) == (5, 3)
    assert numbers.tolist() == [0, 1, 0, 2, 1]
    assert table.entries[:3, FIRST_COUNT].tolist() == [2, 2, 1]


@settings(max_examples=50)
@given(
    parts=st.lists(st.lists(st.binary(min_size=1, max_size=10), unique=True, max_size=12), min_size=1, max_size=4),
    colliding=st.booleans(),
)
def test_counts_of_elsewhere_are_added_to_the_same_token(parts: list[list[bytes]], *, colliding: bool) -> None:
    whole = Table([], max(1, sum(map(len, parts))))
    size, expected, kept = 0, {}, []
    for part in parts:
        here = Table(list(part), 1, colliding=colliding)
        kept.append(here)
        added = np.arange(len(part) * COUNTS, dtype=np.int32).reshape(-1, COUNTS)
        numbers, addresses = np.empty(len(part), np.int32), column(here.array)
        offsets = addresses.offsets + 4 * addresses.start
        size = add_counts(size, addresses.values, offsets, here.items, added, numbers, whole.slots, whole.entries)
        assert whole.tokens(numbers.astype(np.int64)) == part
        for token, counts in zip(part, added, strict=True):
            expected[token] = expected.get(token, 0) + counts
    tokens = whole.tokens(np.arange(size))
    assert tokens == list(expected)
    assert whole.entries[:size, FIRST_COUNT:].tolist() == [expected[token].tolist() for token in tokens]


def test_groups_ascend_by_the_highest_byte_and_keep_the_order_within() -> None:
    rows: Rows = [(b"%d" % i, 1 + i % SPLITS, i % 2 == 0) for i in range(600)]
    table = Table([token for token, _, _ in rows], len(rows))
    table.count(0, 0, rows, np.empty(len(rows), np.int32))
    order = order_by_group(table.entries, len(rows))
    group = table.entries[:, HASH].view(np.uint64) >> np.uint64(56)
    assert order.tolist() == np.argsort(group, kind="stable").tolist()
    hashes, counts = np.empty(len(order), np.uint64), np.empty((len(order), COUNTS), np.int32)
    gather_counts(hashes, counts, table.entries, order)
    assert hashes.tolist() == table.items[order].tolist()
    assert counts.tolist() == table.entries[order, FIRST_COUNT:].tolist()


@settings(max_examples=100)
@given(tokens=st.lists(st.binary(min_size=1, max_size=12), max_size=20, unique=True))
def test_different_sort_keys_order_as_bytes_do(tokens: list[bytes]) -> None:
    rows: Rows = [(token, 1, False) for token in tokens]
    table = Table(list(tokens), len(tokens) + 1)
    addresses, keys = column(table.array), np.empty(len(tokens), np.uint64)
    sort_keys(keys, addresses.values, addresses.offsets + 4 * addresses.start, len(tokens))
    assert keys.tolist() == [int.from_bytes(token[:8].ljust(8, b"\0"), "big") for token in tokens]
    _, size = table.count(0, 0, rows, np.empty(len(tokens), np.int32))
    of_entries = np.empty(size, np.uint64)
    first_bytes(of_entries, table.entries, np.arange(size))
    assert of_entries.tolist() == keys.tolist()
