"""Rejected rows of all ranges in one file, each with its line in the whole source file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.preprocessing.planned_work import planned_work

from contracts.dataset.rejected_rows import from_lines
from contracts.errors import TooManyBadRecords
from preprocessing.assignment.work import Work, source_batches
from preprocessing.records.rejected_rows import StagedRejects, publish_rejected, stage_rejected
from sources.rejects import Rejects

BAD = {3, 4, 17, 30}
TEXT = "y,x\n" + "".join(f"1,{'bad' if row in BAD else row}{'é' if row == 17 else ''}\n" for row in range(1, 31))


def planned(root: Path, partitions: int) -> Work:
    features = {"x": {"kind": "numeric", "dtype": "int64"}}
    _, work = planned_work(root, TEXT, partitions=partitions, features=features, max_bad_records=len(BAD))
    return work


def staged(work: Work) -> list[StagedRejects]:
    found: list[StagedRejects] = []
    for part in range(len(work.plan.ranges)):
        rejects = Rejects(work.max_bad_records)
        assert sum(batch.num_rows for batch in source_batches(work, part, ["x"], rejects)) > 0
        found.append(stage_rejected(work.folder, rejects))
    return found


@pytest.mark.parametrize("partitions", [1, 4])
def test_lines_are_those_of_the_file_for_any_number_of_ranges(tmp_path: Path, partitions: int) -> None:
    work = planned(tmp_path, partitions)
    parts = staged(work)
    assert len(parts) == partitions
    count, artifact = publish_rejected(work.folder, work.plan, parts, len(BAD))
    assert count == sum(part.count for part in parts) == len(BAD)
    assert artifact is not None
    data = work.folder.files.read(artifact.path)
    assert (artifact.bytes, artifact.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    rows = from_lines(data)
    assert [row.line for row in rows] == [row + 1 for row in sorted(BAD)]
    assert {row.file for row in rows} == {work.plan.files[0].uri}
    assert rows[2].raw == "1,badé\n".encode()
    assert all("'x'" in row.reason for row in rows)


def test_more_rows_than_allowed_are_an_error_that_names_the_first(tmp_path: Path) -> None:
    work = planned(tmp_path, 4)
    with pytest.raises(
        TooManyBadRecords,
        match=r"^4 rows cannot be read, 3 are allowed \(max_bad_records\)\. The first: .*t\.csv, line 4: ",
    ):
        publish_rejected(work.folder, work.plan, staged(work), 3)
    assert not work.folder.files.exists(work.folder.rejected)


@pytest.mark.parametrize("rejects", [None, Rejects(3)])
def test_without_rejected_rows_there_is_no_file(tmp_path: Path, rejects: Rejects | None) -> None:
    work = planned(tmp_path, 1)
    nothing = stage_rejected(work.folder, rejects)
    assert nothing == StagedRejects(0, None)
    assert publish_rejected(work.folder, work.plan, [nothing, nothing], 0) == (0, None)
    assert work.folder.files.files(work.folder.staging) == []
