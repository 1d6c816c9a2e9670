"""Runs of tokens and rows are read back as they were staged."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.preprocessing.runs import counted

from contracts.dataset.data_folder import DataFolder
from contracts.schema import Categorical, Cross, Feature, Hashed, Label, Numeric, Schema
from preprocessing.kernels.token_hashing import fingerprints, hash_ids
from preprocessing.vocabularies.runs import (
    BucketIds,
    RunWriter,
    StagedRows,
    hashed_ids,
    open_tokens,
    read_rows,
    token_ids,
    write_ids,
)

FEATURES: dict[str, Feature] = {
    "x": Numeric(dtype="float64"),
    "c": Categorical(),
    "n": Numeric(dtype="int64"),
    "h": Hashed(buckets=9),
}
CROSS = Cross(features=["c", "h"], buckets=100)
SCHEMAS = [
    Schema(features=FEATURES, crosses=[CROSS], label=Label(column="y"), weight="w"),
    Schema(features=FEATURES, crosses=[CROSS], label=Label(column="y")),
    Schema(features={"x": FEATURES["x"]}, label=Label(column="y")),
]


def rows_of(schema: Schema, seed: int, size: int) -> StagedRows:
    rng = np.random.default_rng(seed)
    return StagedRows(
        rng.integers(0, 4, size).astype(np.uint8),
        rng.random(size).astype(np.float32),
        {name: rng.random(size).astype(np.float32) for name in schema.number_columns},
        {name: rng.integers(-1, 9, size).astype(np.int32) for name in schema.token_columns},
        {cross.name: rng.integers(0, 101, size).astype(np.int32) for cross in schema.crosses},
        rng.random(size).astype(np.float32) if schema.weight is not None else None,
    )


def assert_equal(rows: StagedRows, expected: StagedRows) -> None:
    for field in fields(StagedRows):
        np.testing.assert_equal(getattr(rows, field.name), getattr(expected, field.name))


@pytest.mark.parametrize("schema", SCHEMAS, ids=["weighted", "unweighted", "numbers alone"])
def test_rows_are_read_back_batch_by_batch(data_folder: DataFolder, schema: Schema) -> None:
    batches = [rows_of(schema, seed, size) for seed, size in enumerate((3, 1, 5))]
    empty = dict.fromkeys(schema.token_columns, counted([])[0])
    with RunWriter(data_folder, 2, schema) as writer:
        for batch in batches[:2]:
            writer.write(batch)
        writer.end_run(empty)
        writer.write(batches[2])
        writer.end_run(empty)
        runs = writer.finish()
    assert [run.source_range for run in runs] == [2, 2]
    found = [list(read_rows(data_folder, run, schema)) for run in runs]
    assert [len(run) for run in found] == [2, 1]
    for rows, expected in zip([*found[0], *found[1]], batches, strict=True):
        assert_equal(rows, expected)


def test_tokens_are_read_back_by_the_index_of_their_feature(data_folder: DataFolder) -> None:
    schema = SCHEMAS[0]
    tokens = {"h": counted([b"abc", b"d", b"d"])[0], "c": counted([None, b"only"])[0]}
    with RunWriter(data_folder, 0, schema) as writer:
        writer.end_run(tokens)
        (run,) = writer.finish()
    opened = open_tokens(data_folder, run)
    assert [opened.get_batch(place).equals(tokens[name]) for place, name in enumerate(schema.token_columns)] == [
        True
    ] * 2
    assert (run.tokens, run.token_bytes) == ([1, 2], [4, 4])
    assert run.rows_path is None
    assert list(read_rows(data_folder, run, schema)) == []


def test_attempts_at_a_range_have_files_of_their_own(data_folder: DataFolder) -> None:
    paths: set[str] = set()
    for _ in range(2):
        with RunWriter(data_folder, 0, SCHEMAS[2]) as writer:
            writer.write(rows_of(SCHEMAS[2], 0, 1))
            writer.end_run({})
            (run,) = writer.finish()
        paths |= {run.tokens_path, run.rows_path or ""}
    assert len(paths) == 4


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.lists(st.integers(-5, 20), max_size=6), min_size=1, max_size=4), first=st.integers(2, 9))
def test_ids_of_each_run_follow_its_places(data_folder: DataFolder, places: list[list[int]], first: int) -> None:
    """A place from 0 is one in the vocabulary; below, it is minus the id of a bucket."""
    write_ids(data_folder, "staging/ids", [np.array(run, np.int32) for run in places])
    for number, run in enumerate(places):
        tokens, _ = counted([b"%d" % i for i in range(len(run))])
        ids = token_ids(data_folder, number, tokens, [BucketIds("staging/ids", None)], first)
        expected = [place + first if place >= 0 else -place for place in run]
        assert ids[tokens.column(2).to_numpy()].tolist() == expected
        assert ids[-1] == 0
        assert len(ids) == len(run) + 1


def test_ranks_turn_places_in_a_bucket_into_places_in_the_whole(data_folder: DataFolder) -> None:
    write_ids(data_folder, "staging/first", [np.array([1, 0, -3], np.int32)])
    write_ids(data_folder, "staging/second", [np.array([-2], np.int32)])
    data_folder.files.stage("staging/ranks", np.array([10, -4], np.int32).tobytes())
    tokens, _ = counted([b"a", b"b", b"c", b"d"])
    buckets = [BucketIds("staging/first", "staging/ranks"), BucketIds("staging/second", "staging/no file of ranks")]
    ids = token_ids(data_folder, 0, tokens, buckets, 5)
    assert ids[tokens.column(2).to_numpy()].tolist() == [4, 15, 3, 2]


def test_without_buckets_only_the_missing_token_has_an_id(data_folder: DataFolder) -> None:
    assert token_ids(data_folder, 0, counted([])[0], [], 2).tolist() == [0]


def test_hashed_ids_come_from_the_run_itself() -> None:
    words = [b"one", b"two", b"three"]
    tokens, numbers = counted([*words, None])
    ids = hashed_ids(tokens, 1000)
    assert ids[numbers].tolist() == [*hash_ids(fingerprints(pa.array(words, pa.binary())), 1000).tolist(), 0]
