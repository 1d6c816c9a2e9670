"""Dataset jobs from TFRecord files: equal to those from Parquet, CSV and Tandem's own records; refused by name where they err."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from tests.conftest import MakeDataset
from tests.preprocessing.proposals.served import served
from tests.sources.columnar.tfrecord.written import example, write

from contracts.errors import InvalidData, UnreadableFile
from tandem.demo_data import FILE, write_flights

LABEL = {"column": "y"}
COUNT = 3000


def table() -> pa.Table:
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=COUNT).astype(np.float32)
    counts = generator.integers(-(1 << 40), 1 << 40, COUNT)
    return pa.table(
        {
            "y": pa.array(generator.integers(0, 2, COUNT)),
            "x": pa.array(numbers, mask=generator.random(COUNT) < 0.1),
            "n": pa.array(counts, mask=generator.random(COUNT) < 0.1),
            "k": pa.array([None if i % 9 == 0 else f"k{i % 50}" * (i % 4) for i in range(COUNT)]),
        }
    )


def messages(rows: pa.Table) -> list[bytes]:
    return [
        example({name: value.encode() if isinstance(value, str) else value for name, value in row.items()})
        for row in rows.to_pylist()
    ]


@pytest.mark.parametrize(("records", "partitions"), [("raw", 1), ("raw", 4), ("transformed", 3), ("none", 2)])
def test_the_same_dataset_as_from_parquet(
    make_dataset: MakeDataset, sources: Path, records: str, partitions: int
) -> None:
    rows = table()
    pq.write_table(rows, sources / "equal.parquet")
    written = messages(rows)
    write(sources / "equal-0.tfrecord", written[:1900])
    write(sources / "equal-1.tfrecord.gz", written[1900:], "GZIP")
    more: dict[str, Any] = {"label": LABEL, "records": records, "partitions": partitions}
    expected = make_dataset(source={"format": "parquet", "uris": ["equal.parquet"]}, **more)
    columns = {"y": "int64", "x": "float", "n": "int64", "k": "bytes"}
    source = {"format": "tfrecord", "uris": ["equal-*"], "columns": columns}
    dataset = make_dataset(source=source, **more)
    assert dataset.schema == expected.schema
    assert dataset.manifest.fingerprint == expected.manifest.fingerprint
    assert dataset.statistics() == expected.statistics()
    inferred = make_dataset(source={"format": "tfrecord", "uris": ["equal-*"]}, **more)
    assert inferred.manifest.source.columns == dict(sorted(columns.items()))  # type: ignore[union-attr]
    assert {name: inferred.schema.features[name] for name in expected.schema.features} == expected.schema.features


def test_flights_are_equal_to_their_csv(make_dataset: MakeDataset, sources: Path) -> None:
    write_flights(sources)
    options = pa_csv.ConvertOptions(null_values=["", "NA"], strings_can_be_null=True, timestamp_parsers=["-"])
    rows = pa_csv.read_csv(sources / FILE, convert_options=options).slice(0, 20_000)
    pa_csv.write_csv(rows, sources / "some-flights.csv")
    write(sources / "some-flights.tfrecord", messages(rows))
    features = {
        **{name: {"kind": "numeric", "dtype": "int64"} for name in ("distance", "dep_delay", "air_time")},
        **{name: {"kind": "categorical"} for name in ("carrier", "dest", "tailnum", "hour")},
    }
    more: dict[str, Any] = {
        "label": {"expression": "arr_delay > 15", "kind": "binary"},
        "features": features,
        "remaining": "exclude",
        "split_key": ["flight", "tailnum", "day", "month"],
    }
    csv = make_dataset(source={"format": "csv", "uris": ["some-flights.csv"]}, **more)
    columns = {field.name: "int64" if pa.types.is_integer(field.type) else "bytes" for field in rows.schema}  # in order
    source = {"format": "tfrecord", "uris": ["some-flights.tfrecord"], "columns": columns}
    dataset = make_dataset(source=source, **more)
    assert dataset.statistics().splits == csv.statistics().splits
    assert dataset.manifest.fingerprint == csv.manifest.fingerprint


def test_our_own_records_are_a_source(make_dataset: MakeDataset, sources: Path) -> None:
    pq.write_table(table(), sources / "first.parquet")
    first = make_dataset(source={"format": "parquet", "uris": ["first.parquet"]}, label=LABEL, layout="columns")
    shards = [str(first.files.local_path(shard.path)) for shard in first.manifest.shards]
    for index, shard in enumerate(shards):
        (sources / f"own-{index}.tfrecord").write_bytes(Path(shard).read_bytes())
    second = make_dataset(source={"format": "tfrecord", "uris": ["own-*"]}, label={"column": "y"}, layout="columns")
    assert set(second.schema.features) == {"x", "n", "k"}
    assert sum(split.rows for split in second.manifest.splits.values()) == COUNT


def test_bad_records_are_kept_and_counted(make_dataset: MakeDataset, sources: Path) -> None:
    rows = messages(table().slice(0, 200))
    rows[50], rows[150] = example({"y": 1, "n": [1, 2]}), b"\x0a\xff"
    write(sources / "bad.tfrecord", rows)
    columns = {"y": "int64", "x": "float", "n": "int64", "k": "bytes"}
    source = {"format": "tfrecord", "uris": ["bad.tfrecord"], "columns": columns}
    dataset = make_dataset(source=source, label=LABEL, max_bad_records=5, partitions=4)
    rejected = dataset.rejected_rows()
    assert [(row.line, row.raw) for row in rejected] == [(51, rows[50]), (151, rows[150])]
    with pytest.raises(InvalidData, match=r"bad\.tfrecord, record 51, column 'n' has 2 values"):
        make_dataset(source=source, label=LABEL, partitions=4)


def test_a_damaged_file_ends_the_job(make_dataset: MakeDataset, sources: Path) -> None:
    file = write(sources / "cut.tfrecord", messages(table().slice(0, 200)))
    path = Path(file.uri)
    path.write_bytes(path.read_bytes()[:-3])
    source = {"format": "tfrecord", "uris": ["cut.tfrecord"]}
    with pytest.raises(UnreadableFile, match=r"cut\.tfrecord, record 200 \(byte \d+\): it is truncated"):
        make_dataset(source=source, label=LABEL, max_bad_records=5)


@pytest.mark.parametrize(("name", "compression"), [("t.tfrecord", ""), ("part-00000", ""), ("part-00000.gz", "GZIP")])
def test_the_format_is_proposed(tmp_path: Path, name: str, compression: str) -> None:
    import httpx  # noqa: PLC0415 - only here

    with served(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        write(tmp_path / "sources" / name, [*messages(table()), example({"l": [1, 2], "y": 1})], compression)
        reply = client.post("/v1/schemas:infer", json={"uris": [name], "label": {"column": "y"}})
    assert reply.status_code == 200, reply.text
    request = reply.json()["request"]
    assert request["source"]["format"] == "tfrecord"
    assert request["features"]["x"]["kind"] == "numeric"
    assert request["features"]["k"]["kind"] == "categorical"
    assert request["features"]["l"] == {"kind": "categorical", "many": {}}
