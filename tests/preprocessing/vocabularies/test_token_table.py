"""Counting, ordering and merging of tokens, against Python's own dictionaries and sorting."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.dataset import DataFolder
from contracts.schema import Categorical, Feature, Label, Schema
from contracts.storage import Storage
from contracts.vocabulary import Vocabulary
from preprocessing.assignment.assign import column_fingerprints
from preprocessing.kernels.token_hashing import fingerprints
from preprocessing.vocabularies import merge_buckets
from preprocessing.vocabularies.merge_buckets import Bucket, MergedBucket, join_buckets, merge_bucket, plan_merges
from preprocessing.vocabularies.runs import RunWriter, open_tokens, token_ids
from preprocessing.vocabularies.token_sums import RANKED_TOKENS, token_sums
from preprocessing.vocabularies.token_table import RUN, TokenTable

ANY_TOKEN = st.one_of(st.none(), st.binary(max_size=12), st.sampled_from([b"a", b"a\0", b"prefix-1", b"prefix-12"]))
Rows = list[tuple[bytes | None, int, bool]]
ROWS = st.lists(st.tuples(ANY_TOKEN, st.integers(0, 3), st.booleans()), max_size=60)


def add(table: TokenTable, rows: Rows) -> np.ndarray:
    padded = pa.array([b"pad", *(token for token, _, _ in rows)], pa.binary()).slice(1)
    items = column_fingerprints(pa.RecordBatch.from_arrays([padded], ["x"]))["x"]
    codes = np.array([code for _, code, _ in rows], np.uint8)
    return table.add(padded, items, codes, np.array([positive for _, _, positive in rows], np.bool_))


def counted(rows: Rows) -> list[Counter[bytes]]:
    """By split; then by split, with a positive label."""
    found = [Counter(t for t, code, _ in rows if t and code == split) for split in (1, 2, 3)]
    return found + [Counter(t for t, code, positive in rows if t and code == split and positive) for split in (1, 2, 3)]


def as_dictionary(run: pa.RecordBatch) -> dict[bytes, list[int]]:
    return dict(zip(run.column(0).to_pylist(), run.column(3).to_pylist(), strict=True))


@settings(max_examples=150)
@given(batches=st.lists(ROWS, max_size=4), size=st.one_of(st.none(), st.integers(1, 8)), least=st.integers(1, 3))
def test_tokens_are_counted_and_ordered_as_a_counter_would(batches: list[Rows], size: int | None, least: int) -> None:
    table = TokenTable()
    numbers = [add(table, batch) for batch in batches]
    rows = [row for batch in batches for row in batch]
    expected = counted(rows)
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
    found = token_sums(table)[0]
    assert found.top.column(0).to_pylist() == order[:RANKED_TOKENS]
    assert found.top.column(1).to_pylist() == [3] * RANKED_TOKENS
    assert (found.frequencies.counts.tolist(), found.frequencies.tokens.tolist()) == ([3, 2], [20_000, 30_000])
    assert found.frequencies.least_of_first(RANKED_TOKENS) == 3
    assert found.frequencies.least_of_first(20_001) == found.frequencies.least_of_first(60_000) == 2


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(Storage(str(tmp_path)), "d", "job-1")
    folder.create()
    return folder


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ranges=st.lists(ROWS, min_size=1, max_size=4),
    of=st.sampled_from([1, 2, 7, 256]),
    least=st.integers(1, 2),
    size=st.one_of(st.none(), st.integers(1, 12)),
    reserved=st.lists(st.sampled_from(["a", "prefix-12", "zz", "a\0", "never"]), unique=True, max_size=4),
    oov=st.sampled_from([1, 2, 5]),
    window=st.sampled_from([1, 3, 1 << 15]),
)
def test_buckets_join_to_the_vocabulary_of_the_whole(
    folder: DataFolder,
    ranges: list[Rows],
    of: int,
    least: int,
    size: int | None,
    reserved: list[str],
    oov: int,
    window: int,
) -> None:
    size = None if size is None else max(size, len(reserved), 1)
    feature = Categorical(min_count=least, max_size=size, reserved=reserved, oov_buckets=oov)
    schema = Schema(features={"c": feature}, label=Label(column="y"))
    runs, numbers = [], []
    for part, rows in enumerate(ranges):
        table = TokenTable()
        with RunWriter(folder, part, schema) as writer:
            numbers.append(add(table, rows))
            writer.end_run({"c": table.run()})
            runs += writer.finish()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge_buckets, "_WINDOW_ROWS", window)
        opened = [open_tokens(folder, run) for run in runs]
        buckets = [merge_bucket(folder, schema, opened, Bucket(0, number, of), with_ids=True) for number in range(of)]
        whole = join_buckets(folder, schema, buckets) if of > 1 else buckets[0]
    assert whole.tokens is not None
    found = Vocabulary.from_buffer(folder.files.map(whole.tokens.path))
    expected = counted([row for rows in ranges for row in rows])
    first = [token.encode() for token in reserved]
    learned = (token for token, n in expected[0].items() if n >= least and token not in first)
    order = first + sorted(learned, key=lambda token: (-expected[0][token], token))
    assert found.tokens.to_pylist() == order[:size]
    assert found.counts.to_pylist() == [expected[0][token] for token in order[:size]]
    check_sums(buckets, expected)
    id_of = {token: 1 + oov + place for place, token in enumerate(order[:size])}

    def expected_id(token: bytes | None, code: int) -> int:
        if not token or not code:
            return 0
        return id_of.get(token, 1 + int(fingerprints(pa.array([token]))[0] % np.uint64(oov)))

    for number, (run, rows) in enumerate(zip(opened, ranges, strict=True)):
        buckets_ids = [each.ids for each in buckets if each.ids]
        ids = token_ids(folder, number, run.get_batch(0), buckets_ids, feature.first_token_id)
        assert ids[numbers[number]].tolist() == [expected_id(token, code) for token, code, _ in rows]


def check_sums(buckets: list[MergedBucket], expected: list[Counter[bytes]]) -> None:
    for split in range(3):
        total = buckets[0].sums[split]
        for bucket in buckets[1:]:
            total += bucket.sums[split]
        counts, positives = expected[split], expected[3 + split]
        assert (total.count, total.distinct) == (counts.total(), len(counts))
        assert total.positives == positives.total()
        assert total.length == sum(len(token) * n for token, n in counts.items())
        by_rule = sorted(counts, key=lambda token: (-counts[token], token))[:RANKED_TOKENS]
        top = list(zip(*(column.to_pylist() for column in total.top.columns), strict=True))
        assert top == [(token, counts[token], positives[token]) for token in by_rule]


def test_a_large_feature_is_divided_and_small_ones_share_a_task(folder: DataFolder) -> None:
    features: dict[str, Feature] = {"large": Categorical(), **{f"small{i}": Categorical() for i in range(20)}}
    schema = Schema(features=features, label=Label(column="y"))
    with RunWriter(folder, 0, schema) as writer:
        writer.end_run(dict.fromkeys(features, pa.RecordBatch.from_pylist([], RUN)))
        run = writer.finish()[0]
    run.tokens[:] = [3 * merge_buckets.BUCKET_BYTES // merge_buckets.TOKEN_BYTES, *([10] * 20)]
    merges = plan_merges([run], schema)
    assert [len(each) for each in merges] == [1, 1, 1, 20]
    assert {bucket.of for each in merges[:3] for bucket in each} == {3}
    assert [bucket.groups for bucket in (Bucket(0, 0, 3), Bucket(0, 2, 3))] == [(0, 85), (170, 256)]
