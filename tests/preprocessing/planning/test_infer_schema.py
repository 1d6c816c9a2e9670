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
    ("values", "kind"),
    [
        (["1", "-2", " 3 ", ""], "int64"),
        (["1", "2.5"], "float64"),
        (["1e3", "nan"], "float64"),
        (["1", "x"], "categorical"),
        (["", ""], "float64"),
        (["007", "8"], "int64"),
        (["true", "false"], "categorical"),
        (["2024-01-01", "2024-01-02"], "categorical"),
    ],
)
def test_the_kind_of_a_column_of_text(tmp_path: Path, values: list[str], kind: str) -> None:
    text = "y,x\n" + "".join(f"{at % 2},{value}\n" for at, value in enumerate(values))
    assert kinds_of(schema_of(tmp_path, text)) == {"x": kind}


def test_a_value_that_is_no_number_counts_wherever_it_is_in_the_sample(tmp_path: Path) -> None:
    cells = [str(at) for at in range(1000)]
    for place in (0, 300, 999):
        changed = [*cells[:place], "x", *cells[place + 1 :]]
        text = "y,x\n" + "".join(f"1,{cell}\n" for cell in changed)
        assert kinds_of(schema_of(tmp_path, text)) == {"x": "categorical"}


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


def test_the_types_of_a_file_that_has_some_are_not_guessed(tmp_path: Path) -> None:
    columns = {
        "y": pa.array([0, 1], pa.int8()),
        "digits": ["1", "2"],
        "n": pa.array([1, None], pa.int32()),
        "x": pa.array([0.5, 1], pa.float32()),
        "empty": pa.nulls(2),
        "flag": [True, False],
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    found = schema_of(tmp_path, source={"format": "parquet", "uris": ["t.parquet"]})
    kinds = kinds_of(found)
    assert (kinds["digits"], kinds["n"], kinds["x"]) == ("categorical", "int64", "float64")


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


def test_partition_columns_have_the_type_of_all_folders_names(tmp_path: Path) -> None:
    for year in ("2025", "2026"):
        (tmp_path / "in" / f"year={year}").mkdir(parents=True)
        (tmp_path / "in" / f"year={year}" / "a.csv").write_text("y,n\n0,1\n1,2\n")
    source = {"format": "csv", "uris": ["in"], "hive_partitioning": True}
    assert kinds_of(schema_of(tmp_path, source=source)) == {"n": "int64", "year": "int64"}
    (tmp_path / "in" / "year=later").mkdir()
    (tmp_path / "in" / "year=later" / "a.csv").write_text("y,n\n0,1\n")
    assert kinds_of(schema_of(tmp_path, source=source))["year"] == "categorical"
