"""Buckets of tokens merge to the vocabulary of the whole, as Python's dictionaries and sorting have it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.preprocessing.runs import ROWS, Rows, add, counted_by_split

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.vocabulary import Vocabulary
from contracts.schema import Categorical, Feature, Hashed, Label, Schema
from preprocessing.kernels.token_hashing import fingerprints
from preprocessing.vocabularies import merge_buckets
from preprocessing.vocabularies.merge_buckets import (
    Bucket,
    MergedBucket,
    by_feature,
    join_buckets,
    merge_bucket,
    plan_merges,
    vocabulary_files,
)
from preprocessing.vocabularies.runs import RunWriter, open_tokens, token_ids
from preprocessing.vocabularies.token_sums import RANKED_TOKENS
from preprocessing.vocabularies.token_table import RUN, TokenTable


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
    data_folder: DataFolder,
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
        with RunWriter(data_folder, part, schema) as writer:
            numbers.append(add(table, rows))
            writer.end_run({"c": table.run()})
            runs += writer.finish()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge_buckets, "_WINDOW_ROWS", window)
        opened = [open_tokens(data_folder, run) for run in runs]
        buckets = [
            merge_bucket(data_folder, schema, opened, Bucket(0, number, of), with_ids=True) for number in range(of)
        ]
        whole = join_buckets(data_folder, schema, buckets) if of > 1 else buckets[0]
    assert whole.tokens is not None
    found = Vocabulary.from_buffer(data_folder.files.map(whole.tokens.path))
    expected = counted_by_split([row for rows in ranges for row in rows])
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
        ids = token_ids(data_folder, number, run.get_batch(0), buckets_ids, feature.first_token_id)
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


def test_a_large_feature_is_divided_and_small_ones_share_a_task(data_folder: DataFolder) -> None:
    features: dict[str, Feature] = {"large": Categorical(), **{f"small{i}": Categorical() for i in range(20)}}
    schema = Schema(features=features, label=Label(column="y"))
    with RunWriter(data_folder, 0, schema) as writer:
        writer.end_run(dict.fromkeys(features, pa.RecordBatch.from_pylist([], RUN)))
        run = writer.finish()[0]
    run.tokens[:] = [3 * merge_buckets.BUCKET_BYTES // merge_buckets.TOKEN_BYTES, *([10] * 20)]
    merges = plan_merges([run], schema)
    assert [len(each) for each in merges] == [1, 1, 1, 20]
    assert {bucket.of for each in merges[:3] for bucket in each} == {3}
    assert [bucket.groups for bucket in (Bucket(0, 0, 3), Bucket(0, 2, 3))] == [(0, 85), (170, 256)]


def test_a_hashed_feature_has_sums_but_no_vocabulary(data_folder: DataFolder) -> None:
    schema = Schema(features={"h": Hashed(buckets=9), "c": Categorical()}, label=Label(column="y"))
    table = TokenTable()
    add(table, [(b"a", 1, True), (b"b", 2, False), (b"a", 1, False)])
    with RunWriter(data_folder, 0, schema) as writer:
        writer.end_run({"h": table.run(), "c": table.run()})
        opened = [open_tokens(data_folder, run) for run in writer.finish()]
    buckets = [merge_bucket(data_folder, schema, opened, Bucket(number, 0, 1), with_ids=True) for number in range(2)]
    assert (buckets[0].tokens, buckets[0].ids) == (None, None)
    assert [(sums.count, sums.distinct, sums.positives) for sums in buckets[0].sums] == [
        (2, 1, 1),
        (1, 1, 0),
        (0, 0, 0),
    ]
    assert list(vocabulary_files(schema, buckets)) == ["c"]
    assert data_folder.files.files("vocabularies") == ["00001.arrow"]


def test_buckets_are_listed_by_feature_in_the_order_of_their_groups() -> None:
    schema = Schema(features={"a": Categorical(), "b": Categorical()}, label=Label(column="y"))
    merged = [MergedBucket(Bucket(feature, number, 2), [], None, None) for number in (1, 0) for feature in (1, 0)]
    places = {name: [part.bucket.number for part in parts] for name, parts in by_feature(schema, merged).items()}
    assert places == {"a": [0, 1], "b": [0, 1]}


@pytest.mark.parametrize("of", [1, 2, 3, 256])
def test_groups_of_all_buckets_cover_every_hash_once(of: int) -> None:
    groups = [group for number in range(of) for group in range(*Bucket(0, number, of).groups)]
    assert groups == list(range(256))
