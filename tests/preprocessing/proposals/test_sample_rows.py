"""Rows from all over the files, in the time that their number takes and not their size."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.preprocessing.proposals.tables import Propose, flags
from tests.sources.reading import SOURCE

from contracts.errors import InvalidData
from preprocessing.proposals import sample_rows
from preprocessing.proposals.sample_rows import Sample, take
from sources.files.resolve_sources import locate


def test_a_large_file_is_sampled_from_its_beginning_to_its_end(proposed: Propose) -> None:
    rows = 60_000
    quoted = "".join(f'{i % 2},{i},"a, ""b""\nline {i % 5}",{i % 9 * 0.5}\n' for i in range(rows))
    proposal = proposed("y,n,text,x\n" + quoted, label={"column": "y"}, sample_rows=4000)
    source, features = proposal.evidence.source, proposal.evidence.features
    assert 3000 <= source.rows <= 4000
    assert not source.complete
    assert source.rows_estimated == pytest.approx(rows, rel=0.02)
    assert features["n"].max is not None
    assert features["n"].max > 0.9 * rows
    assert features["text"].distinct == 5
    assert not flags(proposal, None)
    assert "unique" in flags(proposal, "n")


def sampled_of(root: Path, wanted: int = 1000, **fields: Any) -> Sample:
    """A sample of the files in a folder."""
    source = SOURCE.validate_python({"uris": [str(root)], **fields})
    return take(source, locate(source.uris, [str(root)], hive_partitioning=None), wanted)


def test_a_small_source_is_read_whole_and_in_order(tmp_path: Path) -> None:
    for name, begin in (("a.csv", 0), ("b.csv", 10)):
        (tmp_path / name).write_text("n,k\n" + "".join(f"{begin + at},\n" for at in range(10)))
    sample = sampled_of(tmp_path, format="csv")
    assert (sample.columns, sample.rows, sample.files_sampled) == (["n", "k"], 20, 2)
    assert (sample.complete, sample.rows_estimated, sample.bad_rows) == (True, 20, 0)
    assert sample.values["n"].to_pylist() == [b"%d" % at for at in range(20)]
    assert sample.values["k"].null_count == 20


def test_of_more_files_than_places_some_are_sampled(tmp_path: Path) -> None:
    for at in range(40):
        (tmp_path / f"{at:02d}.csv").write_text("n\n" + f"{at:02d}\n" * 50)
    sample = sampled_of(tmp_path, format="csv")
    assert (sample.files_sampled, sample.complete, sample.rows) == (16, False, 16 * 50)
    assert sample.values["n"].unique().to_pylist() == [b"%02d" % (at * 40 // 16) for at in range(16)]
    assert sample.rows_estimated == pytest.approx(40 * 50, rel=0.05)


def test_fewer_rows_are_taken_than_there_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n\n" + "".join(f"{at}\n" for at in range(500)))
    sample = sampled_of(tmp_path, 120, format="csv")
    assert (sample.rows, sample.complete, sample.rows_estimated) == (120, False, pytest.approx(500, rel=0.02))


def test_many_columns_leave_room_for_few_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_rows, "MOST_CELLS", 1200)
    names = ",".join(f"c{at}" for at in range(10))
    (tmp_path / "a.csv").write_text(names + "\n" + ("," * 9 + "\n") * 500)
    assert sampled_of(tmp_path, 1000, format="csv").rows == 120
    monkeypatch.setattr(sample_rows, "MOST_CELLS", 10)
    assert sampled_of(tmp_path, 1000, format="csv").rows == sample_rows.FEWEST_ROWS


def test_rows_that_cannot_be_read_are_counted_with_their_reasons(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3\n4\n5,6\n")
    sample = sampled_of(tmp_path, format="csv")
    assert (sample.rows, sample.bad_rows) == (2, 2)
    assert sample.bad_reasons == ["expected 2 fields, found 1: '3'", "expected 2 fields, found 1: '4'"]


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("a,c\n1,2\n")
    with pytest.raises(
        InvalidData, match=r"b\.csv: its columns are not those of .*a\.csv. Received: 'a', 'c'"
    ) as raised:
        sampled_of(tmp_path, format="csv")
    assert raised.value.pointer == "/uris"


def test_json_values_that_are_lists_of_objects_have_no_type_and_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"n": 1, "x": 0.5, "k": "a"}\n{"n": 2, "deep": [{"a": 1}], "s": {"t": 5}}\n')
    sample = sampled_of(tmp_path, format="jsonl")
    assert sample.types == {"n": "int64", "x": "float64", "k": "bytes", "deep": None, "s.t": "int64"}
    assert (sample.columns, [*sample.values]) == (["n", "x", "k", "deep", "s.t"], ["n", "x", "k", "s.t"])
    assert sample.values["s.t"].to_pylist() == [None, b"5"]
    assert sample.values["x"].to_pylist() == [b"0.5", None]


def test_json_lines_of_a_large_file_are_whole(tmp_path: Path) -> None:
    rows = 40_000
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"n": at, "k": "x" * 40}) + "\n" for at in range(rows)))
    sample = sampled_of(tmp_path, 2000, format="jsonl")
    numbers = [int(value) for value in sample.values["n"].to_pylist()]
    assert (numbers[0], sample.bad_rows, sample.complete) == (0, 0, False)
    assert numbers[-1] > 0.9 * rows
    assert sample.rows_estimated == pytest.approx(rows, rel=0.02)
    (tmp_path / "a.jsonl").write_text("{}\n{}\n")
    with pytest.raises(InvalidData, match="no JSON object with a key"):
        sampled_of(tmp_path, format="jsonl")


def test_typed_files_count_their_rows_and_know_times(tmp_path: Path) -> None:
    columns = {
        "n": pa.array([None, *range(999)], pa.int32()),
        "when": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 1000),
        "list": pa.array([[1]] * 1000),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", row_group_size=20)
    sample = sampled_of(tmp_path, 100, format="parquet")
    assert (sample.rows_estimated, sample.complete) == (1000, False)
    assert 0 < sample.rows <= 2 * 100
    assert sample.types == {"n": "int64", "when": None, "list": None}
    assert list(sample.times) == ["when"]
    assert sample.times["when"].to_pylist() == [1_767_225_600_000_000] * sample.rows
    assert [*sample.values] == ["n"]


def test_columns_of_folders_are_columns_of_the_sample(tmp_path: Path) -> None:
    for year in (2025, 2026):
        (tmp_path / f"year={year}").mkdir()
        (tmp_path / f"year={year}" / "a.csv").write_text("n\n1\n2\n")
    sample = sampled_of(tmp_path, format="csv")
    assert sample.columns == ["n", "year"]
    assert sample.values["year"].to_pylist() == [b"2025", b"2025", b"2026", b"2026"]
