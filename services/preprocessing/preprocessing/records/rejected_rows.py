"""Rows that a job passes over: left by each task in staging, then put together beside the dataset in the order of the source.

A task knows a row's line from the start of its range. What that is in the whole file is found out here, once, and only when
there is something to tell.
"""

from __future__ import annotations

import hashlib
import pickle
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.dataset import Artifact, DataFolder
from contracts.errors import TooManyBadRecords
from contracts.rejected_rows import RejectedRow, to_lines
from preprocessing.planning.ranges import Plan
from sources.read_range import positions_before
from sources.rejects import Rejected, Rejects


@dataclass(frozen=True)
class StagedRejects:
    """What one range left: how many rows, and where they are; no file where there are none."""

    count: int
    path: str | None


def stage_rejected(folder: DataFolder, rejects: Rejects | None) -> StagedRejects:
    """Keep the rows of a range until all ranges are read."""
    if rejects is None or not rejects.rows:
        return StagedRejects(0, None)
    path = f"{folder.staging}/rejected-{secrets.token_hex(8)}"
    with folder.files.open_output(path) as stream:
        pickle.dump(rejects.rows, stream, pickle.HIGHEST_PROTOCOL)
    return StagedRejects(len(rejects.rows), path)


def publish_rejected(
    folder: DataFolder, plan: Plan, staged: Sequence[StagedRejects], allowed: int
) -> tuple[int, Artifact | None]:
    """Write all of them into one file, and return how many there are; no file where there are none.

    `staged` is in the order of the ranges. Raises `TooManyBadRecords`, which names the first, for more than are allowed.
    """
    count = sum(each.count for each in staged)
    if not count:
        return 0, None
    rows = _rows(folder, plan, staged)
    if count > allowed:
        first = next(rows)
        raise TooManyBadRecords(
            f"{count} rows cannot be read, {allowed} are allowed. The first: {first.file}, line {first.line}: {first.reason}",
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
    for each in staged:
        if each.path is not None:
            found: list[Rejected] = pickle.loads(folder.files.read(each.path))  # noqa: S301 - left by our own task
            file = plan.files[found[0].file]
            before = positions_before(plan.source, file, found[0].start)
            for row in found:
                yield RejectedRow.of(file.uri, before + row.line, row.reason, row.text)
