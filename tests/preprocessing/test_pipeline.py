"""Dataset jobs on a real Spark session: their rows, splits, statistics, vocabularies and records."""

from __future__ import annotations

import gzip
import math
from collections import Counter
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from tests.conftest import MakeDataset

from contracts.dataset.published import Dataset
from contracts.errors import (
    UnusableLabel,
)
from contracts.schema import SPLIT_NAMES
from contracts.statistics import CategoricalStatistics, NumericStatistics

LABEL = {"column": "y"}


def table(rows: int, seed: int = 0) -> tuple[list[dict[str, Any]], str]:
    """Rows with missing values of every kind, a column without any value, a constant one, quotes and line breaks."""
    rng = np.random.default_rng(seed)
    words = ["a", "b,c", 'd "quoted"', "two\nlines", "ünïcode ☃", "null", " spaced ", "NA"]
    found: list[dict[str, Any]] = []
    lines = ["y,whole,real,none,same,word"]
    for i in range(rows):
        row: dict[str, Any] = {
            "y": int(rng.random() < 0.4),
            "whole": None if rng.random() < 0.2 else int(rng.integers(-50, 50)) * 10 ** int(rng.integers(0, 12)),
            "real": None if rng.random() < 0.2 else float(rng.normal() * 10.0 ** rng.integers(-20, 20)),
            "none": None,
            "same": 7,
            "word": None if rng.random() < 0.1 else words[min(int(rng.exponential(2)), 7)],
        }
        if row["word"] == "NA":
            row["word"] = None
        found.append(row)
        word = "NA" if row["word"] is None and i % 2 else row["word"] or ""
        quoted = '"' + word.replace('"', '""') + '"' if set(word) & set(',"\n') else word
        values = ["NA" if v is None and i % 3 == 0 else "" if v is None else repr(v) for v in list(row.values())[:-1]]
        lines.append(",".join([*values, quoted]))
    return found, "\n".join(lines) + "\n"


SOURCE = {"null_values": ["NA"]}


def records_of(dataset: Dataset) -> Counter[tuple[str, bytes]]:
    """Every record of the dataset, with its split."""
    compression = "GZIP" if dataset.manifest.compression == "gzip" else ""
    return Counter(
        (shard.split, cast("bytes", record.numpy()))
        for shard in dataset.manifest.shards
        for record in tf.data.TFRecordDataset(str(dataset.files.local_path(shard.path)), compression)
    )


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
def test_the_number_of_parts_changes_nothing(make_dataset: MakeDataset, records: str) -> None:
    _, text = table(700)
    made = [make_dataset(text, label=LABEL, source=SOURCE, records=records, partitions=n) for n in (1, 2, 7)]
    assert [len(dataset.manifest.ranges) for dataset in made] == [1, 2, 7]
    first = made[0]
    for other in made[1:]:
        assert other.manifest.fingerprint == first.manifest.fingerprint
        assert other.statistics() == first.statistics()
        assert {k: v.tokens for k, v in other.vocabularies().items()} == {
            k: v.tokens for k, v in first.vocabularies().items()
        }
        assert records_of(other) == records_of(first)
    assert records_of(first).total() == (0 if records == "none" else 700)


def test_statistics_equal_a_numpy_oracle(make_dataset: MakeDataset) -> None:
    rows, text = table(900, seed=3)
    dataset = make_dataset(text, label=LABEL, source=SOURCE, splits={"train": 1.0}, partitions=4)
    train = dataset.statistics().splits["train"]
    assert train.rows == len(rows)
    assert train.binary_label.positives == sum(row["y"] for row in rows)
    for name in ("whole", "real", "none", "same"):
        values = np.array([row[name] for row in rows if row[name] is not None], np.float64)
        found = train.features[name]
        assert isinstance(found, NumericStatistics)
        assert (found.count, found.missing) == (len(values), len(rows) - len(values))
        if not len(values):
            assert (found.mean, found.std, found.min, found.max) == (None,) * 4
            continue
        assert found.mean == pytest.approx(math.fsum(values) / len(values), rel=1e-15)
        assert found.std == pytest.approx(np.std(values.astype(np.longdouble)), rel=1e-12)
        assert (found.min, found.max) == (values.min(), values.max())
        assert (found.zeros, found.negative) == ((values == 0).sum(), (values < 0).sum())
    words = Counter(row["word"].encode() for row in rows if row["word"])
    expected = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    found = train.features["word"]
    assert isinstance(found, CategoricalStatistics)
    assert [(each.token, each.count) for each in found.top] == expected
    assert found.distinct == len(words)
    assert found.missing == len(rows) - sum(words.values())
    assert found.average_length == sum(len(k) * n for k, n in words.items()) / sum(words.values())
    assert dataset.vocabulary("word").tokens.to_pylist() == [token for token, _ in expected]
    assert dataset.vocabulary("word").counts.to_pylist() == [count for _, count in expected]


def test_a_single_row_cannot_teach_but_two_can(make_dataset: MakeDataset) -> None:
    with pytest.raises(UnusableLabel, match="all 1 training rows"):
        make_dataset("y,x\n1,5\n", label=LABEL, splits={"train": 1.0})
    dataset = make_dataset("y,x\n1,5\n0,5\n", label=LABEL, splits={"train": 1.0})
    found = dataset.statistics().numeric("x")
    assert (found.mean, found.std) == (5.0, 0.0)


def test_vocabularies_keep_frequent_tokens_only(make_dataset: MakeDataset) -> None:
    words = ["e"] * 5 + ["d"] * 4 + ["c"] * 4 + ["b"] * 2 + ["a"]
    text = "y,w,v\n" + "".join(f"{i % 2},{word},{word}\n" for i, word in enumerate(words))
    features = {
        "w": {"kind": "categorical", "min_count": 2, "max_size": 3},
        "v": {"kind": "categorical", "min_count": 2},
    }
    dataset = make_dataset(text, label=LABEL, features=features, splits={"train": 1.0})
    assert dataset.vocabulary("w").tokens.to_pylist() == [b"e", b"c", b"d"]
    assert dataset.vocabulary("v").tokens.to_pylist() == [b"e", b"c", b"d", b"b"]


def test_vocabularies_know_only_the_training_split(make_dataset: MakeDataset) -> None:
    text = "y,w\n" + "".join(f"{i % 2},token-{i}\n" for i in range(400))
    dataset = make_dataset(text, label=LABEL)
    learned = set(dataset.vocabulary("w").tokens.to_pylist())
    assert len(learned) == dataset.manifest.splits["train"].rows < 400
    assert dataset.manifest.splits["test"].rows > 10


def test_any_bytes_are_a_token(make_dataset: MakeDataset) -> None:
    tokens = [b"\xff\xfe", b"a\nb", b'q"q', b"c,d", b"\xc3\xa9", b"null", b"-", b" "]
    lines = [b'%d,"%s"' % (i % 2, token.replace(b'"', b'""')) for i, token in enumerate(tokens * 2)]
    dataset = make_dataset(b"y,w\n" + b"\n".join(lines), label=LABEL, splits={"train": 1.0}, partitions=5)
    assert dataset.vocabulary("w").tokens.to_pylist() == sorted(tokens)


def test_equal_rows_share_a_split(make_dataset: MakeDataset) -> None:
    rows = [f"{i % 2},{i},w{i % 7}\n" for i in range(300)]
    dataset = make_dataset("y,x,w\n" + "".join(rows * 2), label=LABEL, layout="packed")
    found = records_of(dataset)
    assert set(found.values()) == {2}
    assert {split for split, _ in found} == set(SPLIT_NAMES)


def test_a_split_key_decides_alone(make_dataset: MakeDataset) -> None:
    text = "y,x,user\n" + "".join(f"{(i * 7) % 2},{i},u{i % 40}\n" for i in range(800))
    dataset = make_dataset(text, label=LABEL, split_key=["user"])
    users: dict[str, set[bytes]] = {name: set() for name in SPLIT_NAMES}
    for split, record in records_of(dataset):
        users[split].add(tf.train.Example.FromString(record).features.feature["user"].bytes_list.value[0])
    assert sum(len(found) for found in users.values()) == len(set().union(*users.values())) == 40


def test_rows_without_a_label_are_left_out_and_counted(make_dataset: MakeDataset) -> None:
    text = "y,x\n" + "".join(f"{['0', '1', ''][i % 3]},{i}\n" for i in range(300))
    dataset = make_dataset(text, label=LABEL)
    assert dataset.manifest.left_out.without_label == 100
    assert sum(split.rows for split in dataset.manifest.splits.values()) == 200
    assert sum(records_of(dataset).values()) == 200


@pytest.mark.parametrize("partitions", [1, 5])
def test_a_label_by_expression_leaves_its_columns_out(make_dataset: MakeDataset, partitions: int) -> None:
    text = "delay,kind,x\n" + "".join(f"{i - 100 if i % 5 else ''},{'ab'[i % 2]},{i}\n" for i in range(400))
    label = {"expression": "delay > 15 AND kind = 'a'"}
    dataset = make_dataset(text, label=label, partitions=partitions, splits={"train": 1.0})
    assert list(dataset.schema.features) == ["x"]
    values = {}
    for _, record in records_of(dataset):
        feature = tf.train.Example.FromString(record).features.feature
        values[feature["x"].int64_list.value[0]] = feature["label"].int64_list.value[0]
    # SQL's three-valued logic: a row with no delay has a label only where kind decides alone.
    expected = {i: int(i % 5 != 0 and i - 100 > 15 and i % 2 == 0) for i in range(400) if i % 5 or i % 2}
    assert values == expected


def test_parquet_and_gzip_give_what_csv_gives(make_dataset: MakeDataset, sources: Path) -> None:
    rows, text = table(500, seed=5)
    csv = make_dataset(text, label=LABEL, source=SOURCE, layout="packed")
    packed = make_dataset(
        gzip.compress(text.encode()), label=LABEL, source={**SOURCE, "uris": ["t.csv.gz"]}, layout="packed"
    )
    assert records_of(packed) == records_of(csv)
    columns = {name: pa.array([row[name] for row in rows]) for name in rows[0]}
    columns["none"] = columns["none"].cast(pa.float64())
    pq.write_table(pa.table(columns), sources / "t.parquet", row_group_size=100)
    parquet = make_dataset(
        label=LABEL, source={"format": "parquet", "uris": ["t.parquet"]}, layout="packed", partitions=3
    )
    assert len(parquet.manifest.ranges) == 3
    assert records_of(parquet) == records_of(csv)


def test_files_without_a_header_are_read_in_order(make_dataset: MakeDataset, sources: Path) -> None:
    (sources / "one.tsv").write_text("0\t1\tx\n1\t2\ty\n")
    (sources / "two.tsv").write_text("1\t3\tx\n0\t4\tz")
    source = {"format": "tsv", "uris": ["one.tsv", "two.tsv"], "header": False, "columns": ["y", "n", "w"]}
    dataset = make_dataset(label=LABEL, source=source, splits={"train": 1.0})
    assert dataset.manifest.splits["train"].rows == 4
    assert dataset.vocabulary("w").tokens.to_pylist() == [b"x", b"y", b"z"]


def test_gzip_records_hold_the_same(make_dataset: MakeDataset) -> None:
    _, text = table(300)
    plain = make_dataset(text, label=LABEL, source=SOURCE)
    packed = make_dataset(text, label=LABEL, source=SOURCE, compression="gzip")
    assert records_of(plain) == records_of(packed)
    assert all(shard.path.endswith(".tfrecord.gz") for shard in packed.manifest.shards)
    assert sum(s.bytes for s in packed.manifest.shards) < sum(s.bytes for s in plain.manifest.shards)


def test_feature_names_may_be_anything(make_dataset: MakeDataset) -> None:
    names = [".c", "x" * 240, "列" * 30, "a/b~c", "with `tick`", "a b", "%41"]
    text = (
        ",".join(["y", *names])
        + "\n"
        + "".join(f"{i % 2}," + ",".join(f"v{i}" for _ in names) + "\n" for i in range(40))
    )
    for records in ("raw", "transformed"):
        dataset = make_dataset(text, label=LABEL, records=records, splits={"train": 1.0})
        assert list(dataset.vocabularies()) == names
        assert all(len(vocabulary) == 40 for vocabulary in dataset.vocabularies().values())
