"""Lists of tokens from every format: one dataset, whatever the file; and clear errors for what is no such list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastavro
import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from pyarrow import orc
from tests.conftest import MakeDataset
from tests.preprocessing.proposals.served import served
from tests.sources.columnar.tfrecord.written import example, feature, write

from contracts.errors import InvalidData, InvalidRequest, TooManyBadRecords, UnparsableValue
from contracts.features import Many
from sources.values.list_text import text_of

LABEL = {"column": "y"}
FEATURES: dict[str, Any] = {
    "words": {"kind": "categorical", "many": {"max": 8}},
    "codes": {"kind": "hashed", "buckets": 30, "many": {"max": 8}},
}
COUNT = 600
AVRO = {
    "type": "record",
    "name": "row",
    "fields": [
        {"name": "y", "type": "long"},
        {"name": "words", "type": ["null", {"type": "array", "items": ["null", "string"]}]},
        {"name": "codes", "type": ["null", {"type": "array", "items": "int"}]},
    ],
}


def rows() -> list[dict[str, Any]]:
    generator = np.random.default_rng(0)
    words: list[str | None] = ["red", "blue", "ü", None, "[]"]
    return [
        {
            "y": int(generator.integers(0, 2)),
            "words": None if i % 11 == 0 else [words[k] for k in generator.integers(0, 5, generator.integers(0, 5))],
            "codes": None if i % 13 == 0 else generator.integers(0, 9, generator.integers(0, 5)).tolist(),
        }
        for i in range(COUNT)
    ]


def texts(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its lists as text."""
    return {
        name: value
        if name == "y" or value is None
        else text_of([("" if part is None else str(part)).encode() for part in value], "|")
        for name, value in row.items()
    }


def table() -> pa.Table:
    schema = pa.schema([("y", pa.int64()), ("words", pa.list_(pa.string())), ("codes", pa.list_(pa.int32()))])
    return pa.Table.from_pylist(rows(), schema)


def write_all(folder: Path) -> dict[str, dict[str, Any]]:
    """Write the rows in every format, and return the sources."""
    typed = table()
    pq.write_table(typed, folder / "lists.parquet", row_group_size=200)
    orc.write_table(typed, str(folder / "lists.orc"))
    with pa.ipc.new_file(str(folder / "lists.arrow"), typed.schema) as out:
        out.write_table(typed, max_chunksize=150)
    (folder / "lists.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()))
    with (folder / "lists.avro").open("wb") as out:
        fastavro.writer(out, AVRO, rows())
    messages: list[bytes] = []
    for row in rows():
        kept: dict[str, Any] = {"y": row["y"]}
        for name in ("words", "codes"):
            if row[name] is not None:
                tokens = [("" if part is None else str(part)).encode() for part in row[name]]
                kept[name] = tokens if len(tokens) > 1 else texts(row)[name]
        messages.append(example(kept))
    write(folder / "lists.tfrecord", messages)
    write(folder / "sequences.tfrecord", map(sequence, rows()))
    columns = {"y": "int64", "words": "bytes", "codes": "bytes"}
    return {
        "parquet": {"format": "parquet", "uris": ["lists.parquet"]},
        "orc": {"format": "orc", "uris": ["lists.orc"]},
        "arrow": {"format": "arrow", "uris": ["lists.arrow"]},
        "jsonl": {"format": "jsonl", "uris": ["lists.jsonl"]},
        "avro": {"format": "avro", "uris": ["lists.avro"]},
        "spark": {"format": "spark", "reader": "parquet", "uris": ["lists.parquet"]},
        "tfrecord": {"format": "tfrecord", "uris": ["lists.tfrecord"], "columns": columns},
        "sequences": {
            "format": "tfrecord",
            "uris": ["sequences.tfrecord"],
            "columns": {"y": "int64", "words": "list", "codes": "list"},
            "feature_lists": "read",
        },
    }


def sequence(row: dict[str, Any]) -> bytes:
    """The row as a SequenceExample, with a step for each token."""
    steps: dict[str, list[Any]] = {}
    if row["words"] is not None:
        steps["words"] = [(token or "").encode() for token in row["words"]]
    if row["codes"] is not None:
        steps["codes"] = row["codes"]
    lists = {name: tf.train.FeatureList(feature=map(feature, values)) for name, values in steps.items()}
    return tf.train.SequenceExample(
        context=tf.train.Features(feature={"y": feature(row["y"])}),
        feature_lists=tf.train.FeatureLists(feature_list=lists),
    ).SerializeToString()


def test_lists_of_every_format_are_those_of_text(make_dataset: MakeDataset, sources: Path) -> None:
    asked: dict[str, Any] = {"label": LABEL, "features": FEATURES, "remaining": "exclude"}
    written = [
        f"{row['y']},{(row['words'] or b'').decode()},{(row['codes'] or b'').decode()}" for row in map(texts, rows())
    ]
    expected = make_dataset("\n".join(["y,words,codes", *written]) + "\n", **asked)
    for name, source in write_all(sources).items():
        dataset = make_dataset(source=source, partitions=3, **asked)
        assert dataset.schema == expected.schema, name
        assert dataset.manifest.fingerprint == expected.manifest.fingerprint, name


@pytest.mark.parametrize(
    ("lines", "message", "kind"),
    [
        ('{"y": 1, "words": ["a|b"]}', r"line 2, column 'words': a token of the list holds the separator '\|'", UnparsableValue),
        ('{"y": 1, "words": [["a"]]}', "column 'words': a list, but a value must not be nested", UnparsableValue),
        ('{"y": 1, "words": {"a": 1}}', "column 'words': an object", UnparsableValue),
        ('{"y": 1, "words": ["a", "b", "c", "d"]}', r"line 2, column 'words': a list of 4 tokens, and many", UnparsableValue),
        ('{"y": 1, "words": "a|b|c|d"}', r"a list of 4 tokens, and many.max is 3; shorten .* up to 1000", UnparsableValue),
    ],
)  # fmt: skip
def test_what_is_no_such_list_is_named(make_dataset: MakeDataset, lines: str, message: str, kind: Any) -> None:
    text = '{"y": 0, "words": ["a"]}\n' + lines + "\n"
    with pytest.raises(kind, match=message):
        make_dataset(
            text,
            source={"format": "jsonl", "uris": ["wrong.jsonl"]},
            label=LABEL,
            features={"words": {"kind": "categorical", "many": {"max": 3}}},
        )


def test_a_list_without_many_is_refused_with_what_to_do(make_dataset: MakeDataset, sources: Path) -> None:
    write_all(sources)
    with pytest.raises((InvalidData, InvalidRequest), match=r"[Ee]xclude it"):
        make_dataset(source={"format": "parquet", "uris": ["lists.parquet"]}, label=LABEL)


def test_bad_lists_are_kept_aside(make_dataset: MakeDataset) -> None:
    good = "".join(json.dumps({"y": i % 2, "words": ["a", "b"]}) + "\n" for i in range(40))
    asked: dict[str, Any] = {
        "label": LABEL,
        "features": {"words": {"kind": "categorical", "many": {}}},
        "source": {"format": "jsonl", "uris": ["bad.jsonl"]},
    }
    bad = '{"y": 1, "words": ["a|b"]}\n'
    long = json.dumps({"y": 1, "words": ["a"] * 51}) + "\n"
    assert make_dataset(good + long + bad, max_bad_records=2, **asked).manifest.left_out.rejected == 2
    assert make_dataset(good + bad, max_bad_records=1, **asked).manifest.left_out.rejected == 1
    with pytest.raises(TooManyBadRecords):
        make_dataset(good + 2 * bad, max_bad_records=1, **asked)


@pytest.mark.parametrize("name", ["parquet", "jsonl", "arrow"])
def test_lists_are_proposed(tmp_path: Path, name: str) -> None:
    with served(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        write_all(tmp_path / "sources")
        proposal = client.post("/v1/schemas:infer", json={"uris": [f"lists.{name}"], "label": LABEL}).json()
    features = proposal["request"]["features"]
    assert {features[column]["kind"] for column in ("words", "codes")} == {"categorical"}
    assert Many.model_validate(features["words"]["many"]) == Many()
    assert {flag["column"] for flag in proposal["flags"] if flag["kind"] == "list"} == {"words", "codes"}
    assert not {"words", "codes"} & set(proposal["request"]["exclude"])


def test_rows_are_not_taken_for_equal_where_their_lists_were_not_read(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    with served(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        rows = [
            {"y": int(generator.integers(0, 2)), "k": "ab"[i % 2], "x": i % 7, "words": [f"w{i}", "b"]}
            for i in range(300)
        ]
        (tmp_path / "sources" / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        proposal = client.post("/v1/schemas:infer", json={"uris": ["t.jsonl"], "label": LABEL}).json()
    assert "split_key" not in proposal["request"]
    assert proposal["evidence"]["source"]["duplicate_rows"] == 0
