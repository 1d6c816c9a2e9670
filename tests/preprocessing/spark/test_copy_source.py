"""ORC, Avro, and what Spark reads by itself: the same rows in any of them give the same dataset."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from tests.conftest import MakeDataset

from chassis.engine.engine import JobContext
from contracts.dataset.data_folder import DATASETS
from contracts.dataset.published import Dataset, open_dataset
from contracts.errors import InvalidData, InvalidRequest, NotAllowed, TandemError, UnreadableFile
from contracts.storage import Storage
from preprocessing.engine import SparkEngine

LABEL = {"column": "y"}
ROWS = 500
MORE: dict[str, Any] = {"label": LABEL, "exclude": ["nested"], "layout": "packed"}

AVRO = {
    "type": "record",
    "name": "row",
    "fields": [
        {"name": "y", "type": "long"},
        {"name": "n", "type": ["null", "long"]},
        {"name": "x", "type": ["double", "null"]},
        {"name": "k", "type": ["null", "string"]},
        {"name": "flag", "type": "boolean"},
        {"name": "nested", "type": {"type": "array", "items": "int"}},
    ],
}


def rows() -> list[dict[str, Any]]:
    return [
        {
            "y": i % 3 % 2,
            "n": None if i % 7 == 0 else i,
            "x": None if i % 5 == 0 else i / 8,
            "k": [None, "", "ä", "two\nlines"][i % 4],
            "flag": i % 2 == 0,
            "nested": [i],
        }
        for i in range(ROWS)
    ]


def arrow_table() -> pa.Table:
    return pa.Table.from_pylist(rows())


@pytest.fixture(scope="module")
def folder(engine: SparkEngine) -> Path:
    """The same rows in each format, in two files or two parts of one."""
    root = Path(engine.settings.source_roots[0]) / "copied"
    root.mkdir()
    found, table = rows(), arrow_table()
    pq.write_table(table, root / "rows.parquet", row_group_size=200)
    orc.write_table(table, str(root / "rows.orc"), stripe_size=1024, compression="zstd")
    for number, part in enumerate((found[:300], found[300:])):
        with (root / f"rows-{number}.avro").open("wb") as out:
            fastavro.writer(out, AVRO, part, codec="deflate", sync_interval=2000)
    assert engine.session is not None
    engine.session.read.parquet(str(root / "rows.parquet")).createOrReplaceTempView("allowed_rows")
    engine.session.range(3).createOrReplaceTempView("other_rows")
    return root


@pytest.fixture(scope="module")
def expected(folder: Path, engine: SparkEngine) -> Dataset:
    source = {"format": "parquet", "uris": ["copied/rows.parquet"]}
    engine.run("dataset", {"name": "from-parquet", "source": source, **MORE}, JobContext.alone("from-parquet"))
    return open_dataset(Storage(engine.settings.storage), "from-parquet")


SOURCES: dict[str, dict[str, Any]] = {
    "orc": {"format": "orc", "uris": ["copied/rows.orc"]},
    "avro": {"format": "avro", "uris": ["copied/rows-*.avro"]},
    "spark reads orc": {
        "format": "spark",
        "reader": "orc",
        "uris": ["copied/rows.orc"],
        "options": {"mergeSchema": "true"},
    },
    "spark reads a table": {"format": "spark", "table": "allowed_rows"},
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_format_changes_nothing(make_dataset: MakeDataset, expected: Dataset, source: dict[str, Any]) -> None:
    dataset = make_dataset(source=source, **MORE, partitions=3)
    assert dataset.manifest.fingerprint == expected.manifest.fingerprint
    assert list(dataset.schema.features) == ["n", "x", "k", "flag"]
    assert dataset.manifest.source.format == source["format"]
    assert [Path(file.uri).suffix for file in dataset.manifest.files] == {"orc": [".orc"], "avro": [".avro"] * 2}.get(
        source["format"], [".orc"] if "uris" in source else []
    )


def test_orc_is_read_by_stripes_and_without_records(make_dataset: MakeDataset, folder: Path) -> None:
    table = pa.table({"y": [i % 2 for i in range(200_000)], "x": [i * 7919 % 100_003 for i in range(200_000)]})
    orc.write_table(table, str(folder / "stripes.orc"), stripe_size=64 * 1024)
    assert orc.ORCFile(str(folder / "stripes.orc")).nstripes > 2
    source = {"format": "orc", "uris": ["copied/stripes.orc"]}
    made = [make_dataset(source=source, label=LABEL, records="none", partitions=parts) for parts in (1, 3)]
    assert len(made[1].manifest.ranges) > 1
    assert made[0].manifest.fingerprint == made[1].manifest.fingerprint
    assert sum(split.rows for split in made[0].manifest.splits.values()) == 200_000


def test_what_types_become(make_dataset: MakeDataset, folder: Path, engine: SparkEngine) -> None:
    """Alike from Avro and from Spark: dates and times are ISO text, decimals numbers, or categories with all digits."""
    fields = [
        {"name": "y", "type": "int"},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "account", "type": {"type": "bytes", "logicalType": "decimal", "precision": 38}},
        {"name": "rate", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "mark", "type": {"type": "enum", "name": "mark", "symbols": ["A", "B"]}},
        {"name": "part", "type": ["null", "int", "string"]},
    ]
    found = [
        {
            "y": i % 2,
            "day": date(2024, 2, 1 + i % 3),
            "at": datetime(2024, 5, 1, 10, i % 2, tzinfo=UTC) if i % 5 else None,
            "price": Decimal(i) / 4,
            "account": Decimal(10**18 + i % 20),
            "rate": Decimal(["90.21", "5.00", "-817.42", "2.20"][i % 4]),
            "mark": "AB"[i % 2],
            "part": i,
        }
        for i in range(60)
    ]
    with (folder / "types.avro").open("wb") as out:
        fastavro.writer(out, {"type": "record", "name": "typed", "fields": fields}, found)
    table = pa.table(
        {
            "y": [row["y"] for row in found],
            "day": [row["day"] for row in found],
            "at": pa.array([row["at"] for row in found], pa.timestamp("us", "UTC")),
            "price": pa.array([row["price"] for row in found], pa.decimal128(9, 2)),
            "account": pa.array([row["account"] for row in found], pa.decimal128(38, 0)),
            "rate": pa.array([row["rate"] for row in found], pa.decimal128(9, 2)),
            "mark": [row["mark"] for row in found],
            "part": [{"int": i} for i in range(60)],
        }
    )
    pq.write_table(table, folder / "types.parquet")
    assert engine.session is not None
    engine.session.read.parquet(str(folder / "types.parquet")).createOrReplaceTempView("allowed_types")
    codes = {name: {"kind": "categorical"} for name in ("account", "rate")}
    for source in ({"format": "avro", "uris": ["copied/types.avro"]}, {"format": "spark", "table": "allowed_types"}):
        dataset = make_dataset(source=source, label=LABEL, features=codes, exclude=["part"], splits={"train": 1.0})
        kinds = {name: feature.kind for name, feature in dataset.schema.features.items()}
        assert kinds.pop("price") == "numeric"
        assert kinds == dict.fromkeys(["day", "at", "account", "rate", "mark"], "categorical")
        assert sorted(dataset.vocabulary("account").tokens.to_pylist()) == [b"%d" % (10**18 + i) for i in range(20)]
        assert sorted(dataset.vocabulary("rate").tokens.to_pylist()) == [b"-817.42", b"2.2", b"5", b"90.21"]
        assert sorted(dataset.vocabulary("day").tokens.to_pylist()) == [b"2024-02-01", b"2024-02-02", b"2024-02-03"]
        assert all(token.startswith(b"2024-05-01 10:0") for token in dataset.vocabulary("at").tokens.to_pylist())
        assert dataset.statistics().numeric("price").max == 14.75


BAD: dict[str, tuple[dict[str, Any], dict[str, Any], type[TandemError], str, str]] = {
    "not ORC": ({"format": "orc", "uris": ["copied/rows-0.avro"]}, {}, UnreadableFile, "not an ORC file", "/source"),
    "not Avro": ({"format": "avro", "uris": ["copied/rows.orc"]}, {}, UnreadableFile, "not an Avro file", "/source"),
    "nested in ORC": (
        {"format": "orc", "uris": ["copied/rows.orc"]},
        {"features": {"nested": {"kind": "categorical"}}},
        InvalidData,
        "'nested'",
        "/features/nested",
    ),
    "nested in a table": (
        {"format": "spark", "table": "allowed_rows"},
        {"features": {"nested": {"kind": "categorical"}}},
        InvalidData,
        "'nested'",
        "/features/nested",
    ),
    "a table not allowed": (
        {"format": "spark", "table": "other_rows"},
        {},
        NotAllowed,
        "'other_rows' is not among those",
        "/source/table",
    ),
    "a table that is not there": (
        {"format": "spark", "table": "allowed_nothing"},
        {},
        InvalidRequest,
        "TABLE_OR_VIEW_NOT_FOUND",
        "/source/table",
    ),
    "a format not allowed": (
        {"format": "spark", "reader": "jdbc", "options": {"url": "jdbc:x"}},
        {},
        NotAllowed,
        "'jdbc' is not among those.*json, orc, parquet, xml",
        "/source/reader",
    ),
    "an option not allowed": (
        {"format": "spark", "reader": "orc", "uris": ["copied/rows.orc"], "options": {"path": "/etc"}},
        {},
        NotAllowed,
        "option 'path' of orc is not among those allowed",
        "/source/options/path",
    ),
    "files of another format": (
        {"format": "spark", "reader": "orc", "uris": ["copied/rows-0.avro"]},
        {},
        UnreadableFile,
        "Spark cannot read",
        "/source",
    ),
    "a file outside": (
        {"format": "spark", "reader": "json", "uris": ["/etc/hostname"]},
        {},
        NotAllowed,
        "outside the allowed source roots",
        "/source/uris/0",
    ),
    "no records": (
        {"format": "avro", "uris": ["copied/rows-0.avro"]},
        {"records": "none"},
        InvalidRequest,
        "has no Spark: format avro needs records raw or transformed",
        "/records",
    ),
}


@pytest.mark.parametrize(("source", "body", "kind", "message", "pointer"), BAD.values(), ids=BAD)
def test_what_is_refused_is_named(
    make_dataset: MakeDataset,
    storage: Storage,
    folder: Path,
    source: dict[str, Any],
    body: dict[str, Any],
    kind: type[TandemError],
    message: str,
    pointer: str,
) -> None:
    before = storage.folders(DATASETS)
    with pytest.raises(kind, match=f"(?s){message}") as caught:
        make_dataset(source=source, **{"label": LABEL, **body})
    assert caught.value.pointer == pointer
    assert storage.folders(DATASETS) == before


TOKENS = {"store": ["101", "102", "103"], "member": ["false", "true"], "price": ["6.5", "7", "90.21"]}
CATEGORIES: dict[str, Any] = {
    "label": LABEL,
    "features": {name: {"kind": "categorical"} for name in TOKENS},
    "splits": {"train": 1.0, "validation": 0.0, "test": 0.0},
}


def write_categories(root: Path) -> dict[str, dict[str, Any]]:
    """One table of ids with gaps, booleans and prices, as pandas writes it and in formats with types; sources by format."""
    prices = [Decimal("6.50"), Decimal("7.00"), Decimal("90.21")]
    table: list[dict[str, Any]] = [
        {"y": i % 2, "store": None if i % 7 == 0 else 101.0 + i % 3, "member": i % 4 == 0, "price": prices[i % 3]}
        for i in range(60)
    ]
    decimal = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}
    kinds: dict[str, Any] = {"y": "long", "store": ["null", "double"], "member": "boolean", "price": decimal}
    fields = [{"name": name, "type": kind} for name, kind in kinds.items()]
    with (root / "ids.avro").open("wb") as out:
        fastavro.writer(out, {"type": "record", "name": "row", "fields": fields}, table)
    pq.write_table(pa.Table.from_pylist(table), root / "ids.parquet")
    texts = [[("" if value is None else str(value)) for value in row.values()] for row in table]
    (root / "ids.csv").write_text("\n".join(",".join(row) for row in [[*kinds], *texts]) + "\n")
    pointed = [[text.replace(".", ",") for text in row] for row in texts]
    (root / "comma.csv").write_text("\n".join(";".join(row) for row in [[*kinds], *pointed]) + "\n")
    lines = [json.dumps({**row, "price": float(row["price"])}) for row in table]
    (root / "ids.jsonl").write_text("\n".join(lines) + "\n")
    sources: dict[str, dict[str, Any]] = {
        form: {"format": form, "uris": [f"copied/ids.{form}"]} for form in ("avro", "parquet", "csv", "jsonl")
    }
    options = {"delimiter": ";", "decimal_point": ","}
    return {**sources, "a comma": {"format": "csv", "uris": ["copied/comma.csv"], **options}}


def test_numbers_and_booleans_are_the_same_categories_from_every_format(
    make_dataset: MakeDataset, folder: Path
) -> None:
    for form, source in write_categories(folder).items():
        dataset = make_dataset(source=source, **CATEGORIES)
        vocabularies = {name: dataset.vocabulary(name) for name in TOKENS}
        read = {
            name: sorted(token.decode() for token in found.tokens.to_pylist()) for name, found in vocabularies.items()
        }
        assert read == TOKENS, form
        counts = {name: sum(found.counts.to_pylist()) for name, found in vocabularies.items()}
        assert counts == {"store": 51, "member": 60, "price": 60}, form
