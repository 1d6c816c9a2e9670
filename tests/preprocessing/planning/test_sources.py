"""Dataset jobs over every format on a real Spark session: the same table gives the same dataset, and bad rows are kept."""

from __future__ import annotations

import asyncio
import gzip
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.conftest import MakeDataset

from contracts.dataset.published import Dataset
from contracts.errors import InvalidData, NotFound, TooManyBadRecords, UnparsableValue
from modeling.input_pipeline.source_rows import record_batches
from preprocessing.engine import SparkEngine
from preprocessing.main import make_app

FEATURES: dict[str, Any] = {
    "whole": {"kind": "numeric", "dtype": "int64", "null_values": ["-999"]},
    "real": {"kind": "numeric", "dtype": "float64"},
    "word": {"kind": "categorical"},
    "code": {"kind": "categorical", "null_values": ["unknown"]},
}
WORDS = ["a", "b;c", 'd "quoted"', "two\nlines", "ünïcode", "# no comment", None]
CODES = ["1", "2", "30", "unknown", None]


def table(rows: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(rows)
    return [
        {
            "y": i % 2,
            "whole": [None, -999, int(rng.integers(-5, 5)) * 1_000_003][int(rng.integers(3))],
            "real": None if rng.random() < 0.2 else float(rng.normal()),
            "word": WORDS[int(rng.integers(len(WORDS)))],
            "code": CODES[int(rng.integers(len(CODES)))],
        }
        for i in range(rows)
    ]


def write_odd_csv(path: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Latin-1, semicolons, decimal commas, grouped digits, escapes, comments and carriage returns, in two bzip2-free files."""

    def field(value: Any) -> str:
        if isinstance(value, int):
            return f"{value:_}".replace("_", ".")
        if isinstance(value, float):
            return repr(value).replace(".", ",")
        return "" if value is None else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    half = len(rows) // 2
    for name, part in {"1.csv": rows[:half], "2.csv": rows[half:]}.items():
        lines = ["made by a test", ";".join(rows[0]), "# 'one; of"]
        for row in part:
            lines += [";".join(map(field, row.values()))] + (["# a comment's line"] if row["word"] == "a" else [])
        (path / name).write_bytes("\r".join(lines).encode("latin-1"))
    return {
        "format": "csv",
        "delimiter": ";",
        "quote": "'",
        "double_quote": False,
        "escape": "\\",
        "comment": "#",
        "skip_lines": 1,
        "encoding": "latin-1",
        "decimal_point": ",",
        "thousands_separator": ".",
    }


def write(path: Path, kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The table as files of a folder; returns how they are to be read."""
    arrow = pa.Table.from_pylist(rows)
    if kind == "odd csv":
        return write_odd_csv(path, rows)
    if kind == "jsonl":
        numbered = [{k: int(v) if k == "code" and v in {"1", "2", "30"} else v for k, v in row.items()} for row in rows]
        lines = [json.dumps({k: v for k, v in row.items() if v is not None}) for row in numbered]
        (path / "t.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
        return {"format": kind, "columns": list(rows[0])}  # the order of the columns is that of the features
    if kind == "parquet":
        pq.write_table(arrow, path / "t.parquet", row_group_size=100)
    elif kind == "arrow":
        with pa.OSFile(str(path / "t.arrow"), "wb") as sink, pa.ipc.new_file(sink, arrow.schema) as writer:
            writer.write_table(arrow, max_chunksize=64)
    elif kind == "hive":
        for y in (0, 1):
            (path / f"y={y}").mkdir()
            pq.write_table(arrow.filter(pc.equal(arrow["y"], y)).drop("y"), path / f"y={y}/t.parquet")
        return {"format": "parquet"}
    else:
        quoted = ['"' + str(v).replace('"', '""') + '"' if v is not None else "" for row in rows for v in row.values()]
        lines = [",".join(quoted[i : i + 5]) for i in range(0, len(quoted), 5)]
        (path / "t.csv").write_text("\n".join([",".join(rows[0]), *lines]))
    return {"format": kind}


def content_of(dataset: Dataset) -> Any:
    """All that follows from the rows, whatever file they came from."""
    return (
        dataset.manifest.splits,
        dataset.statistics(),
        {name: found.tokens.to_pylist() for name, found in dataset.vocabularies().items()},
    )


def test_the_same_table_gives_the_same_dataset_from_every_format(make_dataset: MakeDataset, sources: Path) -> None:
    rows = table(700)
    made: dict[str, Dataset] = {}
    for kind in ("csv", "odd csv", "jsonl", "parquet", "arrow", "hive"):
        folder = sources / f"formats-{kind.replace(' ', '-')}"
        folder.mkdir()
        source = {**write(folder, kind, rows), "uris": [folder.name]}
        made[kind] = make_dataset(
            source=source, label={"column": "y"}, features=FEATURES, remaining="exclude", records="none", partitions=3
        )
    for kind, dataset in made.items():
        assert content_of(dataset) == content_of(made["csv"]), kind
        # Training reads the same rows from the files themselves.
        labels = np.concatenate([part[2] for part in record_batches(dataset, "train")])
        assert len(labels) == dataset.manifest.splits["train"].rows
        assert labels.sum() == dataset.statistics().splits["train"].binary_label.positives
    assert (
        made["parquet"].manifest.fingerprint == made["arrow"].manifest.fingerprint == made["hive"].manifest.fingerprint
    )


def bad_csv() -> tuple[str, list[tuple[int, str]]]:
    """Rows of which three cannot be read: in a feature, before and behind one of another width."""
    lines = ["y,x,w,k", *(f'{i % 2},{i}.5,"w\n{i % 3}",{i}' for i in range(300))]
    bad = {40: "1,oops,w,1", 41: "0,1,w", 200: '1,late,"w\nw",1'}
    for at, line in bad.items():
        lines[at] = line
    found = [(1 + at + sum(line.count("\n") for line in lines[:at]), f"{line}\n") for at, line in bad.items()]
    return "\n".join(lines) + "\n", found


@pytest.mark.parametrize("label", [{"column": "y"}, {"expression": "y = 1"}])
def test_rejected_rows_are_left_out_by_every_reader(
    make_dataset: MakeDataset, label: dict[str, str], engine: SparkEngine
) -> None:
    text, bad = bad_csv()
    features = {"x": {"kind": "numeric", "dtype": "float64"}, "w": {"kind": "categorical"}}
    common = {"label": label, "features": features, "remaining": "exclude", "split_key": ["k"], "max_bad_records": 3}
    made = [
        make_dataset(text, **common, records=records, partitions=partitions)
        for records in ("none", "raw", "transformed")
        for partitions in (1, 5)
    ]
    for dataset in made:
        manifest = dataset.manifest
        assert manifest.left_out.rejected == 3
        assert [(row.line, row.raw.decode()) for row in dataset.rejected_rows()] == bad
        assert all(row.file.endswith(".csv") and row.reason for row in dataset.rejected_rows())
        assert manifest.splits == made[0].manifest.splits
        assert sum(split.rows for split in manifest.splits.values()) == 297
        assert content_of(dataset) == content_of(made[0])
    for dataset in made[:2]:
        read = [part for split in ("train", "validation", "test") for part in record_batches(dataset, split)]  # type: ignore[arg-type]
        assert sum(len(part[2]) for part in read) == 297
        assert {float(x) for part in read for x in part[0][:, 0]} == {i + 0.5 for i in range(300)} - {39.5, 40.5, 199.5}

    page = get(engine, f"/v1/datasets/{made[3].manifest.name}/rejected-rows?offset=1&limit=1")
    assert (page["count"], page["offset"], len(page["rows"])) == (3, 1, 1)
    assert (page["rows"][0]["line"], b64decode(page["rows"][0]["raw"]).decode()) == bad[1]
    assert page["rows"][0]["reason"] == "expected 4 fields, found 3: '0,1,w'"


def get(engine: SparkEngine, path: str) -> Any:
    """What the service's routes reply."""
    app = make_app(engine.settings)

    async def call() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return (await client.get(path)).raise_for_status().json()

    return asyncio.run(call())


@pytest.mark.parametrize("partitions", [1, 7])
def test_too_many_bad_rows_fail_the_job_and_name_the_first(
    make_dataset: MakeDataset, storage: Any, partitions: int
) -> None:
    text, bad = bad_csv()
    features = {"x": {"kind": "numeric", "dtype": "float64"}}
    with pytest.raises(TooManyBadRecords, match=rf"line {bad[0][0]}: column 'x': 'oops' is not a number") as caught:
        make_dataset(
            text,
            name=f"too-many-{partitions}",
            label={"expression": "y = 1"},
            features=features,
            remaining="exclude",
            max_bad_records=2,
            partitions=partitions,
        )
    assert caught.value.pointer == "/max_bad_records"
    assert not storage.exists(f"datasets/too-many-{partitions}")


def test_without_an_allowance_the_first_bad_row_is_the_error(make_dataset: MakeDataset) -> None:
    text, bad = bad_csv()
    with pytest.raises(UnparsableValue, match=rf"line {bad[0][0]}, column 'x': 'oops' is not a number"):
        make_dataset(
            text,
            label={"column": "y"},
            features={"x": {"kind": "numeric", "dtype": "float64"}},
            remaining="exclude",
            partitions=1,
        )


@pytest.mark.parametrize("kind", ["parquet", "arrow", "jsonl"])
def test_nested_columns_are_refused_by_name_unless_excluded(
    make_dataset: MakeDataset, sources: Path, kind: str
) -> None:
    folder = sources / f"nested-{kind}"
    folder.mkdir()
    rows = [{"y": i % 2, "x": i, "tags": [{"a": i}]} for i in range(20)]
    write(folder, kind, rows)
    body: dict[str, Any] = {
        "source": {"format": kind, "uris": [folder.name]},
        "label": {"column": "y"},
        "splits": {"train": 1.0},
    }
    for features in ({}, {"tags": {"kind": "categorical"}}):
        with pytest.raises(InvalidData, match=r"'tags'.*(nested|neither a number nor a category)"):
            make_dataset(**body, features=features)
    assert list(make_dataset(**body, exclude=["tags"]).schema.features) == ["x"]


def test_zero_matches_are_an_error(make_dataset: MakeDataset) -> None:
    with pytest.raises(NotFound, match="there is no file") as caught:
        make_dataset(source={"format": "csv", "uris": ["nothing/*.csv"]}, label={"column": "y"})
    assert caught.value.pointer == "/source/uris/0"
