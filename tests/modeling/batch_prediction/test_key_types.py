"""Keys have the types of their columns, in every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.sources.reading import SOURCE

from contracts.errors import InvalidData
from modeling.batch_prediction.key_types import TEXT, as_key, key_types, read_types
from sources.files.resolve_sources import locate
from sources.read_range import read_range
from sources.whole_files import plan_whole_files

TABLE = pa.table(
    {
        "int8": pa.array([-128, None], pa.int8()),
        "int64": pa.array([2**63 - 1, 2**53 + 1]),
        "uint64": pa.array([2**64 - 1, 0], pa.uint64()),
        "float32": pa.array([0.1, float("inf")], pa.float32()),
        "float64": pa.array([0.1, 7.0]),
        "bool": pa.array([True, None]),
        "text": pa.array(["007", "é"]),
        "codes": pa.array(["a", "b"]).dictionary_encode(),
        "nothing": pa.nulls(2),
    }
)


def keys_of(folder: Path, format_: str, names: list[str], *uris: str) -> dict[str, pa.Array]:
    source = SOURCE.validate_python({"format": format_, "uris": list(uris)})
    plan = plan_whole_files(source, locate(source.uris, [str(folder)]))
    types = key_types(plan, names)
    read = read_types(types, plan)
    batches = [batch for part in plan.ranges for batch in read_range(plan.source, plan.files, part, read)]
    return {
        name: pa.concat_arrays([as_key(name, some.column(name), types[name]) for some in batches]) for name in names
    }


def test_keys_of_files_with_types_have_theirs(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "t.parquet")
    keys = keys_of(tmp_path, "parquet", TABLE.column_names, "t.parquet")
    for name in TABLE.column_names:
        column = TABLE.column(name).combine_chunks()
        expected = column.cast(TEXT) if name in {"codes", "nothing"} else column
        assert keys[name] == expected, name


@pytest.mark.parametrize(
    ("first", "second", "common"),
    [
        (pa.int32(), pa.int64(), pa.int64()),
        (pa.int64(), pa.float32(), pa.float64()),
        (pa.null(), pa.int16(), pa.int16()),
        (pa.int64(), pa.string(), TEXT),
    ],
)
def test_of_files_that_differ_the_narrowest_type_that_holds_all(
    tmp_path: Path, first: Any, second: Any, common: Any
) -> None:
    for name, kind in (("1", first), ("2", second)):
        column = pa.nulls(1) if kind == pa.null() else pa.array([7]).cast(kind)
        pq.write_table(pa.table({"id": column}), tmp_path / f"{name}.parquet")
    keys = keys_of(tmp_path, "parquet", ["id"], "1.parquet", "2.parquet")["id"]
    assert keys.type == common
    assert keys.drop_null().cast(TEXT).to_pylist() == ["7"] * (1 if first == pa.null() else 2)


def test_keys_of_json_are_numbers_where_all_are_and_those_of_csv_are_text(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": 9007199254740993, "b": 0.5, "c": 1, "d": true}\n{"c": "x", "b": 1}\n')
    keys = keys_of(tmp_path, "jsonl", ["a", "b", "c", "d"], "t.jsonl")
    assert {name: (column.type, column.to_pylist()) for name, column in keys.items()} == {
        "a": (pa.int64(), [2**53 + 1, None]),
        "b": (pa.float64(), [0.5, 1.0]),
        "c": (TEXT, ["1", "x"]),
        "d": (TEXT, ["true", None]),
    }
    (tmp_path / "t.csv").write_text("a,b\n007,1\n")
    keys = keys_of(tmp_path, "csv", ["a", "b"], "t.csv")
    assert {name: column.to_pylist() for name, column in keys.items()} == {"a": ["007"], "b": ["1"]}


def test_a_key_that_is_no_text_is_named() -> None:
    with pytest.raises(InvalidData, match="the key 'k' holds bytes that are not UTF-8"):
        as_key("k", pa.array([b"\xff"]), TEXT)
