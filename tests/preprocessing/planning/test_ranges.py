"""Sources to ranges that can each be read alone: how many, where they begin, and what their files have in common."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.sources.reading import SOURCE, planned, rows

from contracts.errors import InvalidData, UnreadableFile
from preprocessing.planning import ranges
from preprocessing.planning.ranges import Plan, beginnings, plan_ranges
from sources.files.resolve_sources import locate

LINES = 4000


def folder_plan(root: Path, partitions: int | None = None, **fields: Any) -> Plan:
    source = SOURCE.validate_python({"format": "csv", "uris": [str(root)], **fields})
    return plan_ranges(source, locate(source.uris, [str(root)], hive_partitioning=None), partitions)


def text(root: Path, name: str = "t.csv", lines: int = LINES) -> Path:
    path = root / name
    path.write_text("n,k\n" + "".join(f"{number:06d},x\n" for number in range(lines)))
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes of ranges by which a file of `LINES` lines is a large one, or one of some ranges."""
    monkeypatch.setattr(ranges, "RANGE_BYTES", 2000)
    monkeypatch.setattr(ranges, "SMALL_RANGE_BYTES", 500)


def test_a_tiny_source_is_one_range(tmp_path: Path) -> None:
    plan = planned(text(tmp_path, lines=3))
    assert (len(plan.ranges), plan.columns) == (1, ["n", "k"])
    assert (plan.ranges[0].start, plan.ranges[0].end) == (4, plan.files[0].bytes)


@pytest.mark.usefixtures("small")
def test_a_small_source_keeps_eight_cores_busy_and_a_large_one_has_ranges_of_a_size(tmp_path: Path) -> None:
    few = planned(text(tmp_path, lines=1000))
    assert [part.end - part.start for part in few.ranges[:-4]] == pytest.approx([1125] * 6, abs=20)
    many = planned(text(tmp_path))
    assert all(part.end - part.start < 2040 for part in many.ranges)
    assert len(many.ranges) == 19 + 19 // 4, "the last quarter counts twice"


@pytest.mark.usefixtures("small")
def test_the_last_quarter_is_in_halves_and_every_byte_is_in_one_range(tmp_path: Path) -> None:
    plan = planned(text(tmp_path))
    sizes = [part.end - part.start for part in plan.ranges]
    assert max(sizes[-8:]) < 0.6 * min(sizes[:-8])
    assert all(first.end == second.start for first, second in pairwise(plan.ranges))
    assert rows(plan) == rows(planned(tmp_path / "t.csv", 1))


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_partitions_are_as_many_as_asked_for_and_samples_do_not_depend_on_them(tmp_path: Path, partitions: int) -> None:
    path = text(tmp_path)
    plan = planned(path, partitions)
    assert len(plan.ranges) == partitions
    assert plan.samples == planned(path).samples == planned(path).ranges


def test_files_share_the_ranges_and_none_spans_two(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        text(tmp_path, name, 1000)
    plan = folder_plan(tmp_path, 6)
    assert [part.file for part in plan.ranges] == [0, 0, 1, 1, 2, 2]
    assert all(plan.ranges[at].start == 4 for at in (0, 2, 4)), "each file's header is left out"


def test_folders_add_columns_that_no_file_may_have(tmp_path: Path) -> None:
    (tmp_path / "year=2026").mkdir()
    path = tmp_path / "year=2026" / "a.csv"
    path.write_text("n\n1\n")
    assert folder_plan(tmp_path).columns == ["n", "year"]
    path.write_text("n,year\n1,2025\n")
    with pytest.raises(InvalidData, match=r"have the columns \['year'\]") as raised:
        folder_plan(tmp_path)
    assert raised.value.pointer == "/source/hive_partitioning"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_with_other_columns_are_refused_by_name(tmp_path: Path, kind: str) -> None:
    for name, columns in (("a", ["n", "k"]), ("b", ["n", "w"])):
        table = pa.table({column: [1] for column in columns})
        if kind == "parquet":
            pq.write_table(table, tmp_path / f"{name}.parquet")
        else:
            (tmp_path / f"{name}.csv").write_text(",".join(columns) + "\n1,1\n")
    with pytest.raises(InvalidData, match=rf"b\.{kind}"):
        folder_plan(tmp_path, format=kind)


def test_columns_of_the_same_name_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["n", "n"]), tmp_path / "a.parquet")
    with pytest.raises(InvalidData, match="'n'"):
        folder_plan(tmp_path, format="parquet")


def test_files_without_rows_are_refused_unless_others_have_some(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": pa.array([], pa.int64())}), tmp_path / "a.parquet")
    with pytest.raises(UnreadableFile, match=r"a\.parquet has no rows"):
        folder_plan(tmp_path, format="parquet")
    pq.write_table(pa.table({"n": [1, 2]}), tmp_path / "b.parquet")
    found = folder_plan(tmp_path, 1, format="parquet").ranges
    assert [(part.file, part.start, part.end) for part in found] == [(1, 0, 2)]


@pytest.mark.parametrize("partitions", [1, 2, 5, 9])
def test_ranges_of_rows_begin_with_row_groups_where_they_can(tmp_path: Path, partitions: int) -> None:
    pq.write_table(pa.table({"n": range(1000)}), tmp_path / "a.parquet", row_group_size=100)
    plan = folder_plan(tmp_path, partitions, format="parquet")
    assert sum(part.end - part.start for part in plan.ranges) == 1000
    assert all(first.end == second.start for first, second in pairwise(plan.ranges))
    if partitions <= 5:
        assert len(plan.ranges) == partitions
        assert all(part.start % 100 == 0 for part in plan.ranges)


def test_beginnings_are_spread_over_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "RANGE_BYTES", 2000)
    monkeypatch.setattr("preprocessing.planning.text_ranges._SAMPLE_BYTES", 100)
    plan = planned(text(tmp_path), 1)
    found = beginnings(plan, 4)
    assert 2 <= len(found) <= 4
    assert found[0].start == 4
    assert found[-1].start > plan.files[0].bytes // 2
    assert all(100 <= part.end - part.start < 120 for part in found)
