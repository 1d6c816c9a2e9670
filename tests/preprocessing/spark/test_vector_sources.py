"""Vectors from every format: one dataset, whatever the file; and clear errors for what is no such vector."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from tests.conftest import MakeDataset
from tests.sources.columnar.tfrecord.written import example, write

from contracts.errors import InvalidData, InvalidRequest, NotFound, TandemError, TooManyBadRecords, UnparsableValue
from contracts.schema import Schema

LABEL = {"column": "y"}
SIZE = 5
ELEMENTS = [f"v[{place}]" for place in range(SIZE)]
FEATURES: dict[str, Any] = {"v": {"kind": "numeric", "shape": [SIZE], "impute": "median", "clip": [0.01, 0.99]}}
ASKED: dict[str, Any] = {"label": LABEL, "features": FEATURES, "remaining": "exclude"}
COUNT = 600
AVRO = {
    "type": "record",
    "name": "row",
    "fields": [
        {"name": "y", "type": "long"},
        {"name": "v", "type": ["null", {"type": "array", "items": ["null", "float"]}]},
    ],
}


def rows() -> list[dict[str, Any]]:
    """Vectors of numbers that are float32 in any format; some lists and some elements are missing."""
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(COUNT, SIZE)).astype(np.float32).astype(np.float64)
    return [
        {
            "y": int(generator.integers(0, 2)),
            "v": None
            if i % 11 == 0
            else [None if (i + place) % 13 == 0 else number for place, number in enumerate(numbers[i].tolist())],
        }
        for i in range(COUNT)
    ]


def flat_csv() -> str:
    lines = [",".join(["y", *ELEMENTS])]
    for row in rows():
        numbers = [None] * SIZE if row["v"] is None else row["v"]
        lines.append(",".join([str(row["y"]), *("" if number is None else repr(number) for number in numbers)]))
    return "\n".join(lines) + "\n"


def write_all(folder: Path) -> dict[str, dict[str, Any]]:
    """Write the rows in every format, and return the sources."""
    given = rows()
    typed = pa.Table.from_pylist(given, pa.schema([("y", pa.int64()), ("v", pa.list_(pa.float32()))]))
    fixed = pa.Table.from_pylist(given, pa.schema([("y", pa.int64()), ("v", pa.list_(pa.float64(), SIZE))]))
    pq.write_table(typed, folder / "vectors.parquet", row_group_size=200)
    pq.write_table(fixed, folder / "fixed.parquet")
    orc.write_table(typed, str(folder / "vectors.orc"))
    for name, table in (("vectors", typed), ("fixed", fixed)):
        with pa.ipc.new_file(str(folder / f"{name}.arrow"), table.schema) as out:
            out.write_table(table, max_chunksize=150)
    (folder / "vectors.jsonl").write_text("".join(json.dumps(row) + "\n" for row in given))
    (folder / "flat.jsonl").write_text(
        "".join(
            json.dumps({"y": row["y"], **dict(zip(ELEMENTS, row["v"] or [None] * SIZE, strict=True))}) + "\n"
            for row in given
        )
    )
    with (folder / "vectors.avro").open("wb") as out:
        fastavro.writer(out, AVRO, given)
    messages = [
        example(
            {"y": row["y"]}
            if row["v"] is None
            else {"y": row["y"], "v": [float("nan") if number is None else number for number in row["v"]]}
        )
        for row in given
    ]
    write(folder / "vectors.tfrecord", messages)
    return {
        "parquet": {"format": "parquet", "uris": ["vectors.parquet"]},
        "fixed parquet": {"format": "parquet", "uris": ["fixed.parquet"]},
        "orc": {"format": "orc", "uris": ["vectors.orc"]},
        "arrow": {"format": "arrow", "uris": ["vectors.arrow"]},
        "fixed arrow": {"format": "arrow", "uris": ["fixed.arrow"]},
        "jsonl": {"format": "jsonl", "uris": ["vectors.jsonl"]},
        "flat jsonl": {"format": "jsonl", "uris": ["flat.jsonl"]},
        "avro": {"format": "avro", "uris": ["vectors.avro"]},
        "spark": {"format": "spark", "reader": "parquet", "uris": ["vectors.parquet"]},
        "tfrecord": {"format": "tfrecord", "uris": ["vectors.tfrecord"]},
    }


def test_vectors_of_every_format_are_those_of_flat_columns(make_dataset: MakeDataset, sources: Path) -> None:
    expected = make_dataset(flat_csv(), **ASKED)
    assert expected.schema.vectors == {"v": ELEMENTS}
    assert list(expected.schema.features) == ELEMENTS
    given = [row["v"] for row in rows() if row["v"] is not None]
    splits = expected.statistics().splits.values()
    for place, name in enumerate(ELEMENTS):
        assert sum(split.features[name].count for split in splits) == sum(row[place] is not None for row in given)
    for name, source in write_all(sources).items():
        dataset = make_dataset(source=source, partitions=3, **ASKED)
        assert dataset.schema == expected.schema, name
        assert dataset.manifest.fingerprint == expected.manifest.fingerprint, name


def test_a_schema_without_vectors_has_the_fingerprint_that_it_had() -> None:
    text = '{"features": {"a": {"kind": "numeric", "dtype": "float64", "indicator": true}}, "label": {"column": "y"}}'
    expected = "399554565c0c908ac8483d2f8defa7b259146cada12b2992ff341ea18036c0ef"  # of the release before
    assert Schema.model_validate_json(text).fingerprint() == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"y": 1, "v": [1, 2]}', r"line 2, column 'v': a list of 2, and its shape is \[3\]; write 3 numbers"),
        ('{"y": 1, "v": []}', "line 2, column 'v': a list of 0, and its shape"),
        ('{"y": 1, "v": [1, [2], 3]}', r"line 2, column 'v\[1\]': a list, but a value must not be nested"),
        ('{"y": 1, "v": [1, "far", 3]}', r"line 2, column 'v\[1\]': 'far' is not a number"),
        ('{"y": 1, "v": 1.5}', r"line 2, column 'v': '1.5' is no list of 3 numbers"),
        ('{"y": 1, "v": "[1, 2, 3]"}', r"line 2, column 'v': '\[1, 2, 3\]' is no list of 3 numbers"),
        ('{"y": 1, "v": {"a": 1}}', "column 'v': .* is no list of 3 numbers"),
        ('{"y": 1, "v": [1, true, 3], "v": [1, 2, 3]}', "the key 'v' occurs twice"),
    ],
)
def test_what_is_no_such_vector_is_named(make_dataset: MakeDataset, line: str, message: str) -> None:
    text = '{"y": 0, "v": [1, 2, 3]}\n' + line + "\n"
    with pytest.raises(InvalidData, match=message) as caught:
        make_dataset(
            text,
            source={"format": "jsonl", "uris": ["wrong.jsonl"]},
            label=LABEL,
            features={"v": {"kind": "numeric", "shape": [3]}},
        )
    assert caught.value.pointer in {"/features/v", "/source"}


@pytest.mark.parametrize("name", ["parquet", "arrow", "orc", "avro"])
def test_lists_of_another_length_in_typed_files_are_bad_records(
    make_dataset: MakeDataset, sources: Path, name: str
) -> None:
    source = write_all(sources)[name]
    asked = {**ASKED, "features": {"v": {"kind": "numeric", "shape": [SIZE - 1]}}}
    with pytest.raises(UnparsableValue, match=r"row (2|201), column 'v': a list of 5, and its shape is \[4\]"):
        make_dataset(source=source, **asked)
    given = rows()
    given[7]["v"] = [1.0]
    table = pa.Table.from_pylist(given, pa.schema([("y", pa.int64()), ("v", pa.list_(pa.float32()))]))
    pq.write_table(table, sources / "one.parquet")
    one = {"format": "parquet", "uris": ["one.parquet"]}
    assert make_dataset(source=one, max_bad_records=1, **ASKED).manifest.left_out.rejected == 1


def test_bad_vectors_are_kept_aside(make_dataset: MakeDataset) -> None:
    good = "".join(json.dumps({"y": i % 2, "v": [i, None, 1.5]}) + "\n" for i in range(40))
    asked: dict[str, Any] = {
        "label": LABEL,
        "features": {"v": {"kind": "numeric", "shape": [3]}},
        "source": {"format": "jsonl", "uris": ["bad.jsonl"]},
    }
    bad = '{"y": 1, "v": [1]}\n'
    assert make_dataset(good + bad, max_bad_records=1, **asked).manifest.left_out.rejected == 1
    with pytest.raises(TooManyBadRecords):
        make_dataset(good + 2 * bad, max_bad_records=1, **asked)


@pytest.mark.parametrize(
    ("text", "asked", "kind", "message"),
    [
        ("y,v\n0,1\n1,2\n", {}, InvalidRequest, r"a column for each element, 'v\[0\]', 'v\[1\]'"),
        ("y,v[0]\n0,1\n1,2\n", {}, NotFound, r"has 'v\[0\]' but not 'v\[1\]'"),
        ("y,w\n0,1\n1,2\n", {}, NotFound, "no column 'v'"),
        ("y,v,v[0]\n0,1,1\n1,2,1\n", {}, InvalidRequest, r"both 'v' and 'v\[0\]'"),
        ("y,v[0],v[1]\n0,1,1\n1,2,1\n", {"split_key": ["v"]}, InvalidRequest, "'v' is a vector"),
        (
            "y,v[0],v[1]\n0,1,1\n1,2,1\n",
            {"features": {"v": {"kind": "numeric", "shape": [2]}, "v[0]": {"kind": "numeric"}}},
            InvalidRequest,
            r"'v\[0\]', which this makes",
        ),
    ],
)
def test_requests_that_do_not_fit_are_refused(
    make_dataset: MakeDataset, text: str, asked: dict[str, Any], kind: type[TandemError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        make_dataset(text, **{"label": LABEL, "features": {"v": {"kind": "numeric", "shape": [2]}}, **asked})


def test_a_column_of_numbers_is_no_vector(make_dataset: MakeDataset, sources: Path) -> None:
    pq.write_table(pa.table({"y": [0, 1], "v": [1.0, 2.0], "w": ["a", "b"]}), sources / "single.parquet")
    for name in ("v", "w"):
        with pytest.raises(InvalidData, match=r"a vector of shape \[2\] is a list of 2 numbers"):
            make_dataset(
                source={"format": "parquet", "uris": ["single.parquet"]},
                label=LABEL,
                features={name: {"kind": "numeric", "shape": [2]}},
            )
