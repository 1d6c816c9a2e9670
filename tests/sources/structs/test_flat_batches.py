"""Structs of Arrow: names, missing values, and what stays a single column."""

from __future__ import annotations

import pyarrow as pa
import pytest

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData
from sources.structs.flat_batches import flat_batch, flat_schema, top_columns

FILE = SourceFile(uri="rows.parquet", bytes=1, modified_ns=0)
ADDRESS = pa.struct([("city", pa.string()), ("zip", pa.dictionary(pa.int32(), pa.string()))])
SCHEMA = pa.schema([("id", pa.int64()), ("user", pa.struct([("address", ADDRESS), ("tags", pa.list_(pa.string()))]))])


def test_a_null_at_any_level_makes_its_leaves_missing() -> None:
    users = [
        {"address": {"city": "Ulm", "zip": "1"}, "tags": ["a", "b"]},
        None,
        {"address": None, "tags": []},
        {"address": {"city": None, "zip": "2"}, "tags": None},
    ]
    batch = pa.RecordBatch.from_pylist([{"id": i, "user": user} for i, user in enumerate(users)], SCHEMA)
    flat = flat_batch(batch)
    assert (
        flat.schema.names
        == flat_schema(SCHEMA, FILE).names
        == ["id", "user.address.city", "user.address.zip", "user.tags"]
    )
    assert flat.schema.types == flat_schema(SCHEMA, FILE).types
    assert flat.column("user.address.city").to_pylist() == ["Ulm", None, None, None]
    assert flat.column("user.address.zip").to_pylist() == ["1", None, None, "2"]
    assert flat.column("user.tags").to_pylist() == [["a", "b"], None, [], None]
    part = flat_batch(batch.slice(2), ["user.address.zip"])
    assert part.to_pydict() == {"user.address.zip": [None, "2"]}


def test_a_null_struct_over_values_hides_them() -> None:
    inner = pa.array(["hidden", "there"])
    user = pa.StructArray.from_arrays([inner], ["name"], mask=pa.array([True, False]))
    assert flat_batch(pa.record_batch([user], names=["user"])).to_pydict() == {"user.name": [None, "there"]}


def test_only_the_columns_on_the_way_are_projected() -> None:
    assert top_columns(SCHEMA, ["user.tags"]) == ["user"]
    assert top_columns(SCHEMA, ["user.tags", "user.address.city", "id"]) == ["id", "user"]


@pytest.mark.parametrize(
    "kind",
    [
        pa.struct([]),
        pa.struct([("a.b", pa.int64())]),
        pa.list_(pa.struct([("a", pa.int64())])),
        pa.map_(pa.string(), pa.int64()),
    ],
)
def test_what_stays_a_column(kind: pa.DataType) -> None:
    schema = pa.schema(
        [("user", kind), ("other", pa.struct([("inner", kind)])), ("x.y", pa.struct([("a", pa.int8())]))]
    )
    flat = flat_schema(schema, FILE)
    assert flat.names == ["user", "other.inner", "x.y"]
    assert flat.types == [kind, kind, pa.struct([("a", pa.int8())])]


def test_a_path_that_is_a_column_too_is_refused() -> None:
    schema = pa.schema([("user.tags", pa.string()), *SCHEMA])
    with pytest.raises(InvalidData, match=r"rows.parquet: it has a column 'user.tags', .* of the struct 'user'"):
        flat_schema(schema, FILE)
    alone = pa.schema([("user.tags", pa.string())])
    assert flat_schema(alone, FILE) == alone


def test_very_deep_structs_stay_columns() -> None:
    kind: pa.DataType = pa.int64()
    for _ in range(600):
        kind = pa.struct([("a", kind)])
    (name,) = flat_schema(pa.schema([("a", kind)]), FILE).names
    assert name == ".".join("a" * 33)
