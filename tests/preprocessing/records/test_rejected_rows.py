"""Rejected rows of all ranges in one file, each with its line in the whole source file."""

from __future__ import annotations

import hashlib

import pytest
from tests.preprocessing.works import work_of

from contracts.dataset import DataFolder
from contracts.errors import TooManyBadRecords
from contracts.rejected_rows import from_lines
from preprocessing.assignment.work import Work, source_batches
from preprocessing.records.rejected_rows import StagedRejects, publish_rejected, stage_rejected
from sources.rejects import Rejects

BAD = {3, 4, 17, 30}
TEXT = "y,x\n" + "".join(f"1,{'bad' if row in BAD else row}{'é' if row == 17 else ''}\n" for row in range(1, 31))


def planned(folder: DataFolder, partitions: int) -> Work:
    features = {"x": {"kind": "numeric", "dtype": "int64"}}
    return work_of(
        folder, TEXT, partitions=partitions, label={"column": "y"}, features=features, max_bad_records=len(BAD)
    )


def staged(work: Work) -> list[StagedRejects]:
    found: list[StagedRejects] = []
    for part in range(len(work.plan.ranges)):
        rejects = Rejects(work.max_bad_records)
        assert sum(batch.num_rows for batch in source_batches(work, part, ["x"], rejects)) > 0
        found.append(stage_rejected(work.folder, rejects))
    return found


@pytest.mark.parametrize("partitions", [1, 4])
def test_lines_are_those_of_the_file_for_any_number_of_ranges(data_folder: DataFolder, partitions: int) -> None:
    work = planned(data_folder, partitions)
    parts = staged(work)
    assert len(parts) == partitions
    count, artifact = publish_rejected(data_folder, work.plan, parts, len(BAD))
    assert count == sum(part.count for part in parts) == len(BAD)
    assert artifact is not None
    data = data_folder.files.read(artifact.path)
    assert (artifact.bytes, artifact.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    rows = from_lines(data)
    assert [row.line for row in rows] == [row + 1 for row in sorted(BAD)]
    assert {row.file for row in rows} == {work.plan.files[0].uri}
    assert rows[2].raw == "1,badé\n".encode()
    assert all("'x'" in row.reason for row in rows)


def test_more_rows_than_allowed_are_an_error_that_names_the_first(data_folder: DataFolder) -> None:
    work = planned(data_folder, 4)
    with pytest.raises(
        TooManyBadRecords, match=r"^4 rows cannot be read, 3 are allowed\. The first: .*rows\.csv, line 4: "
    ):
        publish_rejected(data_folder, work.plan, staged(work), 3)
    assert not data_folder.files.exists(data_folder.rejected)


@pytest.mark.parametrize("rejects", [None, Rejects(3)])
def test_without_rejected_rows_there_is_no_file(data_folder: DataFolder, rejects: Rejects | None) -> None:
    nothing = stage_rejected(data_folder, rejects)
    assert nothing == StagedRejects(0, None)
    assert publish_rejected(data_folder, planned(data_folder, 1).plan, [nothing, nothing], 0) == (0, None)
    assert data_folder.files.files(data_folder.staging) == []
