"""Features that the request leaves out, from a sample of their columns, and columns that can be none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.preprocessing.planned_work import planned_work

from contracts.errors import InvalidData, InvalidRequest, NotFound, TandemError
from contracts.schema import Numeric, Schema

TEXT = "y,n,a,b\n" + "".join(f"{at % 2},{at},t{at % 3},u{at % 2}\n" for at in range(20))


def schema_of(root: Path, text: str | bytes = TEXT, **body: Any) -> Schema:
    return planned_work(root, text, **body)[1].schema


def kinds_of(schema: Schema) -> dict[str, str]:
    """Each feature's kind, of a number its type."""
    numeric = {name: feature.dtype or "" for name, feature in schema.of_kind(Numeric).items()}
    return {name: numeric.get(name, feature.kind) for name, feature in schema.features.items()}


@pytest.mark.parametrize(
    ("values", "kind"), [(["1", "-2"], "int64"), (["1", "2.5"], "float64"), (["1", "x"], "categorical")]
)
def test_the_kind_of_a_column_is_that_of_its_type(tmp_path: Path, values: list[str], kind: str) -> None:
    text = "y,x\n" + "".join(f"{row % 2},{value}\n" for row, value in enumerate(values))
    assert kinds_of(schema_of(tmp_path, text)) == {"x": kind}


def test_null_tokens_and_the_spelling_of_numbers_decide_too(tmp_path: Path) -> None:
    text = "y;x;w\n0;1.234,5;NA\n1;NA;7\n"
    source = {"delimiter": ";", "decimal_point": ",", "thousands_separator": ".", "null_values": ["NA"]}
    found = schema_of(tmp_path, text, source={"format": "csv", "uris": ["t.csv"], **source})
    assert kinds_of(found) == {"x": "float64", "w": "int64"}
    assert found.null_tokens == ["", "NA"]


def test_features_stand_in_the_order_of_the_source_and_are_completed(tmp_path: Path) -> None:
    found = schema_of(tmp_path, features={"b": {"kind": "hashed", "buckets": 4}, "n": {"kind": "numeric"}})
    assert kinds_of(found) == {"n": "int64", "a": "categorical", "b": "hashed"}
    text_as_number = schema_of(tmp_path, features={"a": {"kind": "numeric"}})
    assert kinds_of(text_as_number)["a"] == "float64", "the job will name what does not parse"


@pytest.mark.parametrize(
    ("body", "features"),
    [
        ({"exclude": ["a"]}, ["n", "b"]),
        ({"remaining": "exclude", "features": {"a": {"kind": "categorical"}}}, ["a"]),
        ({"label": {"expression": "n > 3 AND b = 'u1'"}}, ["y", "a"]),
        ({"label": {"expression": "n > 3"}, "features": {"n": {"kind": "numeric"}}}, ["y", "n", "a", "b"]),
        ({"weight": "n"}, ["a", "b"]),
    ],
)
def test_columns_that_are_no_features(tmp_path: Path, body: dict[str, Any], features: list[str]) -> None:
    assert list(schema_of(tmp_path, **body).features) == features


def test_nested_columns_and_times_are_refused_unless_they_are_excluded(tmp_path: Path) -> None:
    columns = {"y": [0, 1], "n": [1, 2], "deep": [[1], [2]]}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    source = {"format": "parquet", "uris": ["t.parquet"]}
    with pytest.raises(InvalidData, match="'deep' is neither a number nor a category") as raised:
        schema_of(tmp_path, source=source)
    assert raised.value.pointer == "/features/deep"
    assert list(schema_of(tmp_path, source=source, exclude=["deep"]).features) == ["n"]


TOKENS = {"a": {"kind": "categorical"}, "b": {"kind": "hashed", "buckets": 4}}
CROSS = {"features": ["a", "b"], "buckets": 4}


@pytest.mark.parametrize(
    ("body", "error", "pointer", "message"),
    [
        ({"features": {"z": {"kind": "numeric"}}}, NotFound, "/features/z", r"no column 'z'.*'y', 'n', 'a', 'b'"),
        ({"exclude": ["a", "z"]}, NotFound, "/exclude/1", "no column 'z'"),
        ({"split_key": ["z"]}, NotFound, "/split_key/0", "no column 'z'"),
        ({"label": {"column": "z"}}, NotFound, "/label/column", "no column 'z'"),
        ({"remaining": "exclude"}, InvalidRequest, "/features", "no column is left to be a feature"),
        ({"crosses": [{**CROSS, "features": ["a", "z"]}]}, NotFound, "/crosses/0/features/1", "no column 'z'"),
        ({"crosses": [{**CROSS, "features": ["a", "n"]}]}, InvalidRequest, "/crosses/0/features/1", "which is numeric"),
        ({"exclude": ["a"], "crosses": [CROSS]}, InvalidRequest, "/crosses/0/features/0", "'a' is not a feature"),
        (
            {"features": {"n": {"kind": "text", "max": 9}}, "crosses": [{**CROSS, "features": ["a", "n"]}]},
            InvalidRequest,
            "/crosses/0/features/1",
            "single tokens. Received: 'n', which is text and makes 'n:words'",
        ),
        ({"crosses": [{**CROSS, "name": "n"}]}, InvalidRequest, "/crosses/0/name", "the name of a cross is taken"),
        ({"crosses": [CROSS, CROSS]}, InvalidRequest, "/crosses/1/name", "'a_x_b'"),
        (
            {"features": {"a": {"kind": "categorical", "reserved": ["t1", "-"], "null_values": ["-"]}}},
            InvalidRequest,
            "/features/a/reserved/1",
            "null token",
        ),
    ],
)
def test_what_only_the_columns_show_is_named(
    tmp_path: Path, body: dict[str, Any], error: type[TandemError], pointer: str, message: str
) -> None:
    with pytest.raises(error, match=f"(?s){message}") as raised:
        schema_of(tmp_path, **body)
    assert raised.value.pointer == pointer


def test_crosses_of_tokens_are_kept(tmp_path: Path) -> None:
    found = schema_of(tmp_path, features=TOKENS, crosses=[CROSS])
    assert [cross.name for cross in found.crosses] == ["a_x_b"]
