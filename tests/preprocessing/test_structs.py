"""Fields of structs by path: one dataset from every format, and from a flat table with paths in its header."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from tests.conftest import MakeDataset

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset, open_dataset
from contracts.errors import InvalidRequest, NotFound, TandemError
from contracts.storage import Storage
from preprocessing.engine import SparkEngine

ROWS = 400
ADDRESS = pa.struct([("city", pa.string()), ("zip", pa.int64())])
USER = pa.struct([("age", pa.float64()), ("tags", pa.list_(pa.string())), ("address", ADDRESS), ("fold", pa.string())])
SCHEMA = pa.schema([("y", pa.int64()), ("id", pa.int64()), ("user", USER), ("w", pa.struct([("v", pa.float64())]))])
AVRO = {
    "type": "record",
    "name": "row",
    "fields": [
        {"name": "y", "type": "long"},
        {"name": "id", "type": "long"},
        {
            "name": "user",
            "type": [
                "null",
                {
                    "type": "record",
                    "name": "person",
                    "fields": [
                        {"name": "age", "type": ["null", "double"]},
                        {"name": "tags", "type": ["null", {"type": "array", "items": ["null", "string"]}]},
                        {
                            "name": "address",
                            "type": [
                                "null",
                                {
                                    "type": "record",
                                    "name": "address",
                                    "fields": [
                                        {"name": "city", "type": ["null", "string"]},
                                        {"name": "zip", "type": ["null", "long"]},
                                    ],
                                },
                            ],
                        },
                        {"name": "fold", "type": ["null", "string"]},
                    ],
                },
            ],
        },
        {
            "name": "w",
            "type": {"type": "record", "name": "weights", "fields": [{"name": "v", "type": "double"}]},
        },
    ],
}
MORE: dict[str, Any] = {
    "label": {"expression": "`user.age` > 30 OR y = 1"},
    "features": {
        "user.age": {"kind": "numeric"},
        "user.tags": {"kind": "categorical", "many": {"separator": "|"}},
        "user.address.city": {"kind": "categorical"},
        "user.address.zip": {"kind": "numeric"},
        "double": {"kind": "numeric"},
    },
    "remaining": "exclude",
    "derive": {"double": "2 * `user.age`", "heavy": "`w.v` + 1"},
    "weight": "heavy",
    "filter": "id <> 3 AND (`user.address.zip` IS NULL OR `user.address.zip` >= 0)",
    "split_key": ["user.fold"],
    "layout": "packed",
}


def nested_rows() -> list[dict[str, Any]]:
    return [
        {
            "y": i % 2,
            "id": i,
            "user": None
            if i % 11 == 0
            else {
                "age": None if i % 7 == 0 else i / 8,
                "tags": [None, [], ["a"], ["a", "b", "c"]][i % 4],
                "address": None
                if i % 5 == 0
                else {"city": ["Ulm", "Bonn", None, "ä"][i % 4], "zip": None if i % 9 == 0 else i},
                "fold": f"f{i}",
            },
            "w": {"v": 1.0 + i % 3},
        }
        for i in range(ROWS)
    ]


def flat_csv() -> str:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(["y", "id", "user.age", "user.tags", "user.address.city", "user.address.zip", "user.fold", "w.v"])
    for row in nested_rows():
        user = row["user"] or {}
        address = user.get("address") or {}
        tags = user.get("tags")
        out.writerow(
            [
                *(row["y"], row["id"], user.get("age"), None if tags is None else "|".join(tags)),
                *(address.get("city"), address.get("zip"), user.get("fold"), row["w"]["v"]),
            ]
        )
    return text.getvalue()


def json_lines() -> str:
    """Some users under whole paths, others as objects; absent keys for some nulls."""
    lines: list[str] = []
    for i, row in enumerate(nested_rows()):
        user = row["user"]
        if user and i % 3 == 0:
            del row["user"]
            row.update({f"user.{name}": value for name, value in user.items() if name != "address"})
            row.update({f"user.address.{name}": value for name, value in (user["address"] or {}).items()})
        elif user and i % 3 == 1:
            row["user"] = {name: value for name, value in user.items() if value is not None}
        lines.append(json.dumps(row) + "\n")
    return "".join(lines)


@pytest.fixture(scope="module")
def folder(engine: SparkEngine) -> Path:
    root = Path(engine.settings.source_roots[0]) / "nested"
    root.mkdir()
    table = pa.Table.from_pylist(nested_rows(), SCHEMA)
    pq.write_table(table, root / "rows.parquet", row_group_size=150)
    orc.write_table(table, str(root / "rows.orc"))
    with pa.ipc.new_file(str(root / "rows.arrow"), table.schema) as out:
        out.write_table(table, 130)
    with (root / "rows.avro").open("wb") as out:
        fastavro.writer(out, AVRO, nested_rows())
    (root / "rows.csv").write_text(flat_csv())
    (root / "rows.jsonl").write_text(json_lines())
    assert engine.session is not None
    engine.session.read.parquet(str(root / "rows.parquet")).createOrReplaceTempView("allowed_nested")
    return root


@pytest.fixture(scope="module")
def expected(folder: Path, engine: SparkEngine) -> Dataset:
    source = {"format": "jsonl", "uris": ["nested/rows.jsonl"]}
    engine.run("dataset", {"name": "nested-json", "source": source, **MORE}, JobContext.alone("nested-json"))
    return open_dataset(Storage(engine.settings.storage), "nested-json")


SOURCES: dict[str, dict[str, Any]] = {
    "parquet": {"format": "parquet", "uris": ["nested/rows.parquet"]},
    "arrow": {"format": "arrow", "uris": ["nested/rows.arrow"]},
    "orc": {"format": "orc", "uris": ["nested/rows.orc"]},
    "avro": {"format": "avro", "uris": ["nested/rows.avro"]},
    "spark": {"format": "spark", "table": "allowed_nested"},
}


def test_the_dataset_is_the_one_of_its_rows(expected: Dataset) -> None:
    ages = {row["id"]: (row["user"] or {}).get("age") for row in nested_rows() if row["id"] != 3}
    labelled = [age for i, age in ages.items() if i % 2 == 1 or age is not None]
    assert sum(split.rows for split in expected.manifest.splits.values()) == len(labelled)
    assert 0 < (expected.statistics().numeric("user.age").max or 0) <= max(age for age in labelled if age is not None)
    assert set(expected.vocabulary("user.address.city").tokens.to_pylist()) == {b"Ulm", b"Bonn", "ä".encode()}
    assert set(expected.vocabulary("user.tags").tokens.to_pylist()) == {b"a", b"b", b"c"}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_format_changes_nothing(make_dataset: MakeDataset, expected: Dataset, source: dict[str, Any]) -> None:
    dataset = make_dataset(source=source, **MORE, partitions=3)
    assert dataset.schema == expected.schema
    assert dataset.statistics().reproducible() == expected.statistics().reproducible()
    assert dataset.manifest.fingerprint == expected.manifest.fingerprint


def test_a_flat_table_with_paths_in_its_header_is_equal(make_dataset: MakeDataset, folder: Path) -> None:
    """Text has no empty lists, and types of its own: both tables without the column of lists."""
    features = {name: feature for name, feature in MORE["features"].items() if name != "user.tags"}
    features = {**features, "user.address.zip": {"kind": "numeric", "dtype": "float64"}}
    more = {**MORE, "features": features}
    made = [
        make_dataset(source={"format": form, "uris": [f"nested/rows.{form}"]}, **more).manifest.fingerprint
        for form in ("csv", "jsonl", "parquet")
    ]
    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_struct_is_excluded_by_its_name(make_dataset: MakeDataset, folder: Path, form: str) -> None:
    source = {"format": form, "uris": [f"nested/rows.{form}"]}
    plain = {
        "source": source,
        "label": {"column": "y"},
        "exclude": ["user", "w"],
        "features": {"id": {"kind": "numeric"}},
    }
    dataset = make_dataset(**plain)
    assert list(dataset.schema.features) == ["id"]
    lone = make_dataset(
        "".join(f"{row['y']},{row['id']}\n" for row in [{"y": "y", "id": "id"}, *nested_rows()]),
        **{**plain, "source": {}, "exclude": []},
    )
    assert dataset.manifest.fingerprint == lone.manifest.fingerprint


BAD: dict[str, tuple[dict[str, Any], type[TandemError], str, str]] = {
    "the struct itself": (
        {"features": {"user": {"kind": "categorical"}}},
        NotFound,
        "no column 'user'; it is a struct, of which each field is a column: 'user.age', 'user.tags', 'user.address.city'",
        "/features/user",
    ),
    "an unknown field": (
        {"features": {"user.adress.city": {"kind": "categorical"}}},
        NotFound,
        "no column 'user.adress.city'; the nearest is 'user.address.city'",
        "/features/user.adress.city",
    ),
    "an excluded struct": (
        {"exclude": ["user"], "features": {"user.age": {"kind": "numeric"}}},
        InvalidRequest,
        "'user.age' is a feature, and exclude names the struct that it is of",
        "/features/user.age",
    ),
}


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
@pytest.mark.parametrize(("options", "error", "message", "place"), BAD.values(), ids=BAD)
def test_what_is_refused(
    make_dataset: MakeDataset,
    folder: Path,
    form: str,
    options: dict[str, Any],
    error: type[TandemError],
    message: str,
    place: str,
) -> None:
    with pytest.raises(error) as raised:
        make_dataset(source={"format": form, "uris": [f"nested/rows.{form}"]}, label={"column": "y"}, **options)
    assert message in raised.value.message
    assert raised.value.pointer == place
