"""Nested objects of JSON rows: equal to flat rows in every form, and refused by path."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from contracts.features import Many
from modeling.decoding.raw_fields import Fields
from modeling.decoding.struct_fields import StructFields
from modeling.protocols import invocations
from modeling.protocols.csv_body import read_csv
from modeling.protocols.tensorflow_predict import read

FIELDS = Fields(
    ["user.age", "price"],
    ["user.address.city", "user.tags", "b64"],
    [""],
    lists={"user.tags": Many(separator="|")},
    integers=["user.id"],
)
NESTED: list[dict[str, Any]] = [
    {"price": 1, "user": {"age": 2.5, "id": 2**60, "address": {"city": "Ulm"}, "tags": ["a", "b"]}},
    {"price": 2, "user": None},
    {"user": {"address": None, "age": None}},
    {"user": {"address": {"city": {"b64": "VWxt"}}}, "user.age": 7, "b64": "x"},
    {"user": {"age": None}, "user.age": 3, "user.address.city": None},
    {},
]
FLAT: list[dict[str, Any]] = [
    {"price": 1, "user.age": 2.5, "user.id": 2**60, "user.address.city": "Ulm", "user.tags": "a|b"},
    {"price": 2},
    {},
    {"user.address.city": "Ulm", "user.age": 7, "b64": "x"},
    {"user.age": 3},
    {"price": None},
]


def invoked(body: Any, content_type: str = "application/json") -> tuple[Any, list[str]]:
    text = body if isinstance(body, str) else json.dumps(body)
    _, reader = invocations._document(text.encode(), content_type)  # pyright: ignore  # noqa: PGH003
    ignored: list[str] = []
    return reader(None, FIELDS, ignored), ignored  # pyright: ignore  # noqa: PGH003


def equal(got: Any, wanted: Any) -> None:
    np.testing.assert_array_equal(got.numeric, wanted.numeric)
    tokens = [[text.encode() if isinstance(text, str) else text for text in row] for row in got.tokens.tolist()]
    assert tokens == [
        [text.encode() if isinstance(text, str) else text for text in row] for row in wanted.tokens.tolist()
    ]
    np.testing.assert_array_equal(got.integers, wanted.integers)


def test_nested_rows_are_flat_rows_in_every_form() -> None:
    wanted = read({"instances": FLAT}, FIELDS)
    names = ["price", "user", "user.age", "user.address.city", "b64"]
    by_column = {name: [row.get(name) for row in NESTED] for name in names}
    by_row = [[row.get(name) for name in names] for row in NESTED]
    equal(read({"instances": NESTED}, FIELDS), wanted)
    equal(invoked({"dataframe_records": NESTED})[0], wanted)
    equal(invoked(NESTED)[0], wanted)
    equal(invoked("\n".join(map(json.dumps, NESTED)), "application/jsonlines")[0], wanted)
    columns_alone = [{**row, "user.age": None} if "user.age" in row else row for row in NESTED[:3]]
    columns = {name: [row.get(name) for row in columns_alone] for name in ("price", "user")}
    equal(read({"inputs": columns}, FIELDS), read({"instances": FLAT[:3]}, FIELDS))
    equal(read({"inputs": by_column}, FIELDS), wanted)
    equal(invoked({"dataframe_split": {"columns": names, "data": by_row}})[0], wanted)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"user": {"adress": {"city": "Ulm"}}},
            r"instances\[1\]: unknown field 'user\.adress'; the nearest .*'user\.ad",
        ),
        ({"user": {"address": {"town": 1}}}, r"instances\[1\]: unknown field 'user\.address\.town'"),
        ({"user": {"age": "old"}}, r"instances\[1\]\.user\.age: must be a number"),
        ({"user": {"age": {"years": 1}}}, r"instances\[1\]\.user\.age: must be a number"),
        ({"user": 3}, r"instances\[1\]\.user: must be an object \(user\.age, .*, …\), or null\. Received: 3"),
        (
            {"user": {"address": "Ulm"}},
            r"instances\[1\]\.user\.address: must be an object \(user\.address\.city\), or null",
        ),
        ({"user": {"age": 1}, "user.age": 2}, r"instances\[1\]\.user\.age: is given twice"),
        ({"user.address": {"city": "Ulm"}, "user": {"address": {"city": "Bonn"}}}, r"city: is given twice"),
        ({"usr": {"age": 1}}, r"instances\[1\]: unknown field 'usr'"),
    ],
)
def test_rows_are_refused_by_path(row: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read({"instances": [{}, row]}, FIELDS)


def test_columns_are_refused_by_path() -> None:
    with pytest.raises(InvalidRequest, match=r"inputs\.user\[1\]: must be an object"):
        read({"inputs": {"user": [None, 1]}}, FIELDS)
    with pytest.raises(InvalidRequest, match=r"inputs\.user\[0\]\.address: must be an object"):
        read({"inputs": {"user": [{"address": 1}]}}, FIELDS)
    with pytest.raises(InvalidRequest, match=r"inputs\.user\.address\.city\[0\]: is given twice"):
        read({"inputs": {"user": [{"address": {"city": "a"}}], "user.address": [{"city": "b"}]}}, FIELDS)
    with pytest.raises(InvalidRequest, match=r"user\.age.*: is given twice"):
        read({"inputs": {"user": [{"age": 1}], "user.age": [2]}}, FIELDS)
    with pytest.raises(InvalidRequest, match=r"inputs\.user\.town: unknown field 'user\.town'"):
        read({"inputs": {"user": [{"town": 1}]}}, FIELDS)


def test_tables_ignore_unknown_leaves_as_unknown_columns() -> None:
    got, ignored = invoked({"dataframe_records": [{"user": {"age": 1, "shoe": 45}}]})
    assert ignored == ["user.shoe"]
    equal(got, read({"instances": [{"user.age": 1}]}, FIELDS))
    assert invoked({"dataframe_split": {"columns": ["user"], "data": [[{"age": 1, "shoe": 45}]]}})[1] == ["user.shoe"]


def test_csv_has_paths_alone() -> None:
    got = read_csv(b"user.age,user.address.city\n1,Ulm\n", [], FIELDS, has_header=True)
    equal(got, read({"instances": [{"user.age": 1, "user.address.city": "Ulm"}]}, FIELDS))
    ignored: list[str] = []
    read_csv(b"user,price\n1,2\n", [], FIELDS, has_header=True, ignored=ignored)
    assert ignored == ["user"]


def test_a_field_is_no_object() -> None:
    structs = StructFields(["a", "a.b", "c.d"])
    assert [name in structs for name in ("a", "c", "c.d")] == [False, True, False]
    assert structs.flat_row({"a": {"b": 1}, "c": {"d": 2}}) == {"a": {"b": 1}, "c.d": 2}
