"""Rows that a job skips: staged by each task, then merged into one file of the dataset in the order of the source.

A task knows a row's line relative to the start of its range. The line within the whole file is computed here, once, and only if
rows were rejected.
"""

from __future__ import annotations

import hashlib
import pickle
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import Artifact
from contracts.dataset.rejected_rows import RejectedRow, to_lines
from contracts.errors import TooManyBadRecords
from preprocessing.planning.ranges import Plan
from sources.read_range import positions_before
from sources.rejects import Rejected, Rejects


@dataclass(frozen=True)
class StagedRejects:
    """The rejected rows of one range: their number, and their staged file; None if there are none."""

    count: int
    path: str | None


def stage_rejected(folder: DataFolder, rejects: Rejects | None) -> StagedRejects:
    """Stage the rejected rows of a range until all ranges are read."""
    if rejects is None or not rejects.rows:
        return StagedRejects(0, None)
    path = f"{folder.staging}/rejected-{secrets.token_hex(8)}"
    with folder.files.open_output(path) as stream:
        pickle.dump(rejects.rows, stream, pickle.HIGHEST_PROTOCOL)
    return StagedRejects(len(rejects.rows), path)


def publish_rejected(
    folder: DataFolder, plan: Plan, staged: Sequence[StagedRejects], allowed: int
) -> tuple[int, Artifact | None]:
    """Write all rejected rows into one file; return their number and the file, which is None if there are none.

    `staged` is in the order of the ranges. Raises `TooManyBadRecords`, which names the first row, for more than `allowed`.
    """
    count = sum(rejects.count for rejects in staged)
    if not count:
        return 0, None
    rows = _rows(folder, plan, staged)
    if count > allowed:
        first = next(rows)
        raise TooManyBadRecords(
            f"{count} rows cannot be read, {allowed} are allowed (max_bad_records). The first: {first.file}, line {first.line}: "
            f"{first.reason}",
            pointer="/max_bad_records",
        )
    digest, size = hashlib.sha256(), 0
    with folder.files.open_output(folder.rejected) as stream:
        for line in to_lines(rows):
            stream.write(line)
            digest.update(line)
            size += len(line)
    return count, Artifact(path=folder.rejected, bytes=size, sha256=digest.hexdigest())


def _rows(folder: DataFolder, plan: Plan, staged: Sequence[StagedRejects]) -> Iterator[RejectedRow]:
    for rejects in staged:
        if rejects.path is not None:
            rejected: list[Rejected] = pickle.loads(folder.files.read(rejects.path))  # noqa: S301 - left by our own task
            file = plan.files[rejected[0].file]
            before = positions_before(plan.source, file, rejected[0].start)
            for row in rejected:
                yield RejectedRow.of(file.uri, before + row.line, row.reason, row.text)
