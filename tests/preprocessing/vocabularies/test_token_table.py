"""Counting and ordering of tokens, against Python's own dictionaries and sorting."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.runs import ROWS, Rows, add, counted_by_split

from preprocessing.vocabularies.token_table import TokenTable, id_order


def as_dictionary(run: pa.RecordBatch) -> dict[bytes, list[int]]:
    return dict(zip(run.column(0).to_pylist(), run.column(3).to_pylist(), strict=True))


@settings(max_examples=150)
@given(batches=st.lists(ROWS, max_size=4), size=st.one_of(st.none(), st.integers(1, 8)), least=st.integers(1, 3))
def test_tokens_are_counted_and_ordered_as_a_counter_would(batches: list[Rows], size: int | None, least: int) -> None:
    table = TokenTable()
    numbers = [add(table, batch) for batch in batches]
    rows = [row for batch in batches for row in batch]
    expected = counted_by_split(rows)
    run = table.run()
    assert as_dictionary(run) == {
        token: [each[token] for each in expected] for token in set().union(*map(set, expected))
    }
    by_number = dict(zip(run.column(2).to_pylist(), run.column(0).to_pylist(), strict=True))
    shown = [by_number.get(int(number)) for each in numbers for number in each]
    assert shown == [token if token and code else None for token, code, _ in rows]
    order = table.tokens(table.id_order(table.counts[:, 0], least, size)).to_pylist()
    by_rule = sorted((t for t, n in expected[0].items() if n >= least), key=lambda token: (-expected[0][token], token))
    assert order == by_rule[:size]
    groups = (run.column(1).to_numpy() >> np.uint64(56)).astype(int)
    assert (np.diff(groups) >= 0).all()
    merged = TokenTable(max(1, 2 * len(run)))
    again = [merged.add_run(run), merged.add_run(run.slice(len(run) // 2))]
    assert len(merged) == len(run)
    assert again[1].tolist() == again[0].tolist()[len(run) // 2 :]
    assert TokenTable().run().num_rows == 0


def test_many_tokens_make_the_table_grow() -> None:
    rows: Rows = [(f"token-{i % 50_000}".encode(), 1, False) for i in range(120_000)]
    table = TokenTable()
    add(table, rows)
    assert len(table) == 50_000
    assert sorted(set(table.counts[:, 0].tolist())) == [2, 3]
    order = table.tokens(table.id_order(table.counts[:, 0])).to_pylist()
    assert order == sorted(order, key=lambda token: (-(3 if int(token[6:]) < 20_000 else 2), token))


def test_a_table_finds_tokens_that_it_counted() -> None:
    table = TokenTable()
    add(table, [(b"a", 1, False), (b"b", 3, False), (b"left out", 0, False)])
    assert table.find([b"b", b"left out", b"a", b"b"]).tolist() == [1, -1, 0, 1]
    assert table.find([]).tolist() == []


@settings(max_examples=50)
@given(
    tokens=st.lists(st.binary(max_size=11) | st.sampled_from([b"same first 1", b"same first 2"]), max_size=20),
    counts=st.lists(st.sampled_from([0, 1, 2, 65_535, 65_536, 10**9]), min_size=20, max_size=20),
)
def test_ids_are_ordered_by_count_then_by_bytes(tokens: list[bytes], counts: list[int]) -> None:
    counts = counts[: len(tokens)]
    order = id_order(pa.array([b"x", *tokens], pa.binary()).slice(1), np.array(counts, np.int64)).tolist()
    pairs = list(zip(counts, tokens, strict=True))
    assert sorted(order) == list(range(len(tokens)))
    assert [pairs[i] for i in order] == sorted(pairs, key=lambda pair: (-pair[0], pair[1]))
