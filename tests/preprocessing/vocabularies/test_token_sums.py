"""Sums of a column's tokens by split, whole or from buckets, against a Counter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.runs import ROWS, Rows, add, counted_by_split

from preprocessing.vocabularies import token_sums as module
from preprocessing.vocabularies.token_sums import RANKED_TOKENS, Frequencies, TokenSums, all_sums, token_sums
from preprocessing.vocabularies.token_table import TokenTable


def table_of(rows: Rows) -> TokenTable:
    table = TokenTable()
    add(table, rows)
    return table


def top_of(sums: TokenSums) -> list[tuple[bytes, int, int]]:
    return [(row["token"], row["count"], row["positives"]) for row in sums.top.to_pylist()]


def check(sums: TokenSums, counts: Counter[bytes], positives: Counter[bytes]) -> None:
    assert (sums.count, sums.distinct, sums.positives) == (counts.total(), len(counts), positives.total())
    assert sums.length == sum(len(token) * count for token, count in counts.items())
    order = sorted(counts, key=lambda token: (-counts[token], token))
    assert top_of(sums) == [(token, counts[token], positives[token]) for token in order[:RANKED_TOKENS]]
    by_count = Counter(counts.values())
    assert sums.frequencies.counts.tolist() == sorted(by_count, reverse=True)
    assert sums.frequencies.tokens.tolist() == [by_count[count] for count in sorted(by_count, reverse=True)]


@settings(max_examples=60)
@given(rows=ROWS)
def test_sums_of_a_table_are_those_of_its_values(rows: Rows) -> None:
    expected = counted_by_split(rows)
    for split, sums in enumerate(token_sums(table_of(rows))):
        check(sums, expected[split], expected[3 + split])


@settings(max_examples=60)
@given(rows=ROWS, of=st.integers(1, 4))
def test_sums_of_buckets_add_up_to_the_whole(rows: Rows, of: int) -> None:
    """A bucket has all the rows of its tokens."""
    buckets = [token_sums(table_of([row for row in rows if len(row[0] or b"") % of == part])) for part in range(of)]
    expected = counted_by_split(rows)
    for split in range(3):
        check(all_sums(bucket[split] for bucket in buckets), expected[split], expected[3 + split])


def test_values_that_are_not_utf8_are_counted() -> None:
    rows: Rows = [(b"\xff", 1, False), (b"\xff", 1, True), ("ä".encode(), 1, False), (b"\xff", 2, False)]
    assert [sums.invalid for sums in token_sums(table_of(rows))] == [2, 1, 0]


def test_only_the_most_frequent_tokens_are_ranked() -> None:
    rows: Rows = [(b"token-%d" % (i % 50_000), 1, False) for i in range(120_000)]
    sums = token_sums(table_of(rows))[0]
    order = sorted(
        {token for token, _, _ in rows if token}, key=lambda token: (-(3 if int(token[6:]) < 20_000 else 2), token)
    )
    assert sums.top.column(0).to_pylist() == order[:RANKED_TOKENS]
    assert sums.top.column(1).to_pylist() == [3] * RANKED_TOKENS
    assert (sums.frequencies.counts.tolist(), sums.frequencies.tokens.tolist()) == ([3, 2], [20_000, 30_000])
    assert sums.frequencies.least_of_first(RANKED_TOKENS) == 3
    assert sums.frequencies.least_of_first(20_001) == sums.frequencies.least_of_first(60_000) == 2


@pytest.mark.parametrize("many", [1, 3, 1 << 12])
def test_large_counts_are_told_apart_past_the_table_of_small_ones(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MANY", many)
    rows: Rows = [(b"t%d" % token, 1, False) for token, count in enumerate([1, 2, 2, 3, 5, 5, 9]) for _ in range(count)]
    frequencies = token_sums(table_of(rows))[0].frequencies
    assert frequencies.counts.tolist() == [9, 5, 3, 2, 1]
    assert frequencies.tokens.tolist() == [1, 2, 1, 2, 1]


@settings(max_examples=60)
@given(counts=st.lists(st.integers(1, 6), max_size=12))
def test_values_before_a_rank_are_those_of_the_tokens_before_it(counts: list[int]) -> None:
    counts.sort(reverse=True)
    by_count = Counter(counts)
    values = np.array(list(by_count), np.int64)
    frequencies = Frequencies(values, np.array([by_count[count] for count in values.tolist()], np.int64))
    ranks = np.arange(len(counts) + 1)
    assert frequencies.values_before(ranks).tolist() == [sum(counts[:rank]) for rank in ranks]
    for tokens in range(1, len(counts) + 3):
        assert frequencies.least_of_first(tokens) == (min(counts[:tokens]) if counts else 1)


def test_one_bucket_is_the_whole() -> None:
    sums = token_sums(table_of([(b"a", 1, False)]))[0]
    assert all_sums([sums]) is sums
    assert all_sums([sums, sums]).top.schema == pa.schema(sums.top.schema)
