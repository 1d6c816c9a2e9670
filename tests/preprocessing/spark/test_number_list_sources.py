"""Lists of numbers from every format: one dataset, whatever the file; and clear errors for what is no such list."""

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

from contracts.errors import InvalidData, InvalidRequest, NotFound, TandemError

LABEL = {"column": "y"}
FEATURES: dict[str, Any] = {"x": {"kind": "numeric", "many": {}}, "w": {"kind": "numeric"}}
ASKED: dict[str, Any] = {"label": LABEL, "features": FEATURES, "remaining": "exclude"}
COUNT = 400
AVRO = {
    "type": "record",
    "name": "row",
    "fields": [
        {"name": "y", "type": "long"},
        {"name": "w", "type": "long"},
        {"name": "x", "type": ["null", {"type": "array", "items": ["null", "double"]}]},
    ],
}


def rows() -> list[dict[str, Any]]:
    generator = np.random.default_rng(0)
    numbers: list[float | None] = [0.1, 2.5, -3.0, 1e20, None]
    return [
        {
            "y": int(generator.integers(0, 2)),
            "w": i % 7,
            "x": None if i % 11 == 0 else [numbers[k] for k in generator.integers(0, 5, generator.integers(0, 5))],
        }
        for i in range(COUNT)
    ]


def text_of(numbers: list[float | None] | None) -> str:
    """The text as a person writes it, or as arrays become it."""
    if numbers is None:
        return ""
    texts = ["" if x is None else "100000000000000000000" if x == 1e20 else f"{x:g}" for x in numbers]
    return "".join(f"{text}|" for text in texts) if numbers else "[]"


def write_all(folder: Path) -> dict[str, dict[str, Any]]:
    """Write the rows in every format, and return the sources."""
    given = rows()
    typed = pa.Table.from_pylist(
        given, pa.schema([("y", pa.int64()), ("w", pa.int64()), ("x", pa.list_(pa.float64()))])
    )
    pq.write_table(typed, folder / "numbers.parquet", row_group_size=200)
    orc.write_table(typed, str(folder / "numbers.orc"))
    with pa.ipc.new_file(str(folder / "numbers.arrow"), typed.schema) as out:
        out.write_table(typed, max_chunksize=150)
    (folder / "numbers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in given))
    with (folder / "numbers.avro").open("wb") as out:
        fastavro.writer(out, AVRO, given)
    messages: list[bytes] = []
    for row in given:
        kept: dict[str, Any] = {"y": row["y"], "w": row["w"]}
        if row["x"] is not None:
            kept["x"] = text_of(row["x"]).encode()
        messages.append(example(kept))
    write(folder / "numbers.tfrecord", messages)
    columns = {"y": "int64", "w": "int64", "x": "bytes"}
    return {
        "parquet": {"format": "parquet", "uris": ["numbers.parquet"]},
        "orc": {"format": "orc", "uris": ["numbers.orc"]},
        "arrow": {"format": "arrow", "uris": ["numbers.arrow"]},
        "jsonl": {"format": "jsonl", "uris": ["numbers.jsonl"]},
        "avro": {"format": "avro", "uris": ["numbers.avro"]},
        "spark": {"format": "spark", "reader": "parquet", "uris": ["numbers.parquet"]},
        "tfrecord": {"format": "tfrecord", "uris": ["numbers.tfrecord"], "columns": columns},
    }


def test_numbers_of_every_format_are_those_of_text(make_dataset: MakeDataset, sources: Path) -> None:
    lines = [f"{row['y']},{row['w']},{text_of(row['x'])}" for row in rows()]
    expected = make_dataset("\n".join(["y,w,x", *lines]) + "\n", split_key=["w"], **ASKED)
    assert list(expected.schema.features) == ["w", "x:mean", "x:min", "x:max", "x:sum", "x:count"]
    assert expected.schema.columns == {"x": "bytes"}
    assert expected.schema.number_lists == {"x": "|"}
    counts = [split.features["x:count"] for split in expected.statistics().splits.values()]
    assert sum(one.count for one in counts) == sum(row["x"] is not None for row in rows())
    means = [split.features["x:mean"] for split in expected.statistics().splits.values()]
    assert sum(one.count for one in means) == sum(any(x is not None for x in row["x"] or []) for row in rows())
    for name, source in write_all(sources).items():
        dataset = make_dataset(source=source, partitions=3, split_key=["w"], **ASKED)
        assert dataset.schema == expected.schema, name
        assert dataset.statistics().reproducible() == expected.statistics().reproducible(), name


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1|far|2", "'1|far|2' is not a list of numbers"),
        ("1,5", "'1,5' is not a list of numbers with '|' between them"),
    ],
)
def test_text_that_is_no_number_is_a_bad_record(make_dataset: MakeDataset, value: str, shown: str, kind: str) -> None:
    good = [{"y": i % 2, "x": "1|2|"} for i in range(30)]
    written = [*good, {"y": 1, "x": value}]
    if kind == "jsonl":
        text = "".join(json.dumps(row) + "\n" for row in written)
    else:
        text = "y,x\n" + "".join(f'{row["y"]},"{row["x"]}"\n' for row in written)
    asked: dict[str, Any] = {
        "source": {"format": kind, "uris": [f"bad.{kind}"]},
        "label": LABEL,
        "features": {"x": FEATURES["x"]},
    }
    place = "line 31" if kind == "jsonl" else "line 32"
    with pytest.raises(InvalidData, match=f"{place}, column 'x': ") as caught:
        make_dataset(text, **asked)
    assert shown in str(caught.value)
    assert caught.value.pointer == "/features/x"
    assert make_dataset(text, max_bad_records=1, **asked).manifest.left_out.rejected == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"y": 1, "x": [1, "far"]}', "line 2, column 'x'.*far.* is not a list of numbers"),
        ('{"y": 1, "x": [true]}', "line 2, column 'x'.* is not a list of numbers"),
        ('{"y": 1, "x": [[1]]}', "line 2, column 'x': a list, but a value must not be nested"),
    ],
)
def test_arrays_of_other_values_are_bad_records(make_dataset: MakeDataset, line: str, message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        make_dataset(
            '{"y": 0, "x": [1, null, 2.5]}\n' + line + "\n",
            source={"format": "jsonl", "uris": ["wrong.jsonl"]},
            label=LABEL,
            features={"x": FEATURES["x"]},
        )


def test_arrays_of_text_in_typed_files_are_bad_records(make_dataset: MakeDataset, sources: Path) -> None:
    pq.write_table(pa.table({"y": [0, 1], "x": [["1", "2"], ["3", "far"]]}), sources / "texts.parquet")
    with pytest.raises(InvalidData, match=r"row 2, column 'x': '3\|far' is not a list of numbers"):
        make_dataset(
            source={"format": "parquet", "uris": ["texts.parquet"]}, label=LABEL, features={"x": FEATURES["x"]}
        )


@pytest.mark.parametrize(
    ("text", "features", "kind", "message"),
    [
        ("y,z\n0,1\n1,2\n", FEATURES["x"], NotFound, "no column 'x'"),
        ("y,x,x:mean\n0,1,1\n1,2,1\n", FEATURES["x"], InvalidRequest, "'x:mean', which this makes"),
    ],
)
def test_requests_that_do_not_fit_are_refused(
    make_dataset: MakeDataset, text: str, features: dict[str, Any], kind: type[TandemError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        make_dataset(text, label=LABEL, features={"x": features})
    assert caught.value.pointer == "/features/x"


def test_sql_has_the_statistics_too(make_dataset: MakeDataset) -> None:
    text = "y,x\n" + "".join(f"{i % 2},{i};{i + 1}\n" for i in range(60))
    dataset = make_dataset(
        text,
        label=LABEL,
        derive={"span": "list_max(x, ';') - list_min(x, ';')"},
        features={"span": {"kind": "numeric"}},
        remaining="exclude",
    )
    span = dataset.statistics().numeric("span")
    assert (span.min, span.max) == (1, 1)
