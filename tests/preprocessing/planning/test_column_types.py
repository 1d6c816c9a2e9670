"""The types of columns: by the values of text in samples, or by the file's own types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.sources.reading import planned

from preprocessing.planning.column_types import column_types, sampled_text


def types_of(path: Path, *names: str, partitions: int | None = None, **fields: Any) -> dict[str, str | None]:
    return dict(column_types(planned(path, partitions, **fields), names))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2", " 3 ", ""], "int64"),
        (["1", "2.5"], "float64"),
        (["1e3", "nan"], "float64"),
        (["1", "x"], "bytes"),
        (["", ""], "float64"),
        (["007", "8"], "int64"),
        (["true", "false"], "bytes"),
        (["2024-01-01", "2024-01-02"], "bytes"),
    ],
)
def test_the_type_of_a_column_of_text(tmp_path: Path, values: list[str], kind: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("y,x\n" + "".join(f"{row % 2},{value}\n" for row, value in enumerate(values)))
    assert types_of(path, "x") == {"x": kind}


def test_a_value_that_is_no_number_counts_wherever_it_is_in_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    cells = [str(row) for row in range(1000)]
    for place in (0, 300, 999):
        changed = [*cells[:place], "x", *cells[place + 1 :]]
        path.write_text("y,x\n" + "".join(f"1,{cell}\n" for cell in changed))
        assert types_of(path, "x") == {"x": "bytes"}


def test_only_columns_that_are_named_have_types_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,c\n1,x,2.5\n")
    assert types_of(path, "c", "a") == {"c": "float64", "a": "int64"}
    assert types_of(path) == {}


def test_the_types_of_a_file_that_has_some_are_not_guessed(tmp_path: Path) -> None:
    columns = {
        "digits": ["1", "2"],
        "n": pa.array([1, None], pa.int32()),
        "x": pa.array([0.5, 1], pa.float32()),
        "empty": pa.nulls(2),
        "flag": [True, False],
        "deep": [[1], [2]],
        "time": pa.array([0, 1], pa.timestamp("us")),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    types = types_of(tmp_path / "t.parquet", *columns, format="parquet")
    assert (types["digits"], types["n"], types["x"], types["flag"]) == ("bytes", "int64", "float64", "bytes")
    assert (types["deep"], types["time"]) == (None, None)


def test_a_column_that_one_file_lacks_values_of_has_the_type_of_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    pq.write_table(pa.table({"n": pa.nulls(2)}), folder / "a.parquet")
    pq.write_table(pa.table({"n": pa.array([1, 2], pa.int16())}), folder / "b.parquet")
    assert types_of(folder, "n", format="parquet") == {"n": "int64"}


def test_values_of_json_have_types_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps({"n": row, "x": row + 0.5, "s": str(row), "deep": [row]}) for row in range(9)))
    assert types_of(path, "n", "x", "s", "deep", format="jsonl") == {
        "n": "int64",
        "x": "float64",
        "s": "bytes",
        "deep": None,
    }


def test_partition_columns_have_the_type_of_all_folders_names(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for year in ("2025", "2026", "__HIVE_DEFAULT_PARTITION__"):
        (folder / f"year={year}").mkdir(parents=True)
        (folder / f"year={year}" / "a.csv").write_text("y,n\n0,1\n1,2\n")
    assert types_of(folder, "n", "year", hive_partitioning=True) == {"year": "int64", "n": "int64"}
    (folder / "year=later").mkdir()
    (folder / "year=later" / "a.csv").write_text("y,n\n0,1\n")
    assert types_of(folder, "year", hive_partitioning=True) == {"year": "bytes"}


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("partitions", [1, 5])
def test_text_is_sampled_in_every_format(tmp_path: Path, form: str, partitions: int) -> None:
    path = tmp_path / f"t.{form}"
    values = [{"s": f"a{row}", "t": None if row == 1 else "b"} for row in range(10)]
    match form:
        case "csv":
            path.write_text("s,t\n" + "".join(f"{row['s']},{row['t'] or ''}\n" for row in values))
        case "jsonl":
            path.write_text("\n".join(map(json.dumps, values)))
        case _:
            pq.write_table(pa.Table.from_pylist(values), path)
    plan = planned(path, partitions, format=form)
    table = sampled_text(plan, ["t", "s"])
    assert table.schema == pa.schema([("t", pa.binary()), ("s", pa.binary())])
    assert table.column("s").to_pylist() == [f"a{row}".encode() for row in range(table.num_rows)]
    assert table.column("t").to_pylist()[:3] == [b"b", None, b"b"]
    assert table.num_rows == (9 if form == "jsonl" else 10), "the first batch of JSON ends with a line's end"
    assert sampled_text(plan, []).num_rows == 0


def test_text_of_many_files_is_sampled_in_sixteen(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for file in range(40):
        pq.write_table(pa.table({"s": [f"{file}"] * 3}), folder / f"{file:02}.parquet")
    sampled = sampled_text(planned(folder, format="parquet"), ["s"]).column("s").to_pylist()
    files = list(dict.fromkeys(int(text) for text in sampled))
    assert files == list(range(0, 40, 3)), "spread over all of them"
    assert len(sampled) == 3 * len(files)
