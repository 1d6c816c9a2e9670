"""Rows that a job skips: staged by each task, then merged into one file of the dataset in the order of the source.

A task knows a row's line relative to the start of its range. The line within the whole file is computed here, once, and only if
rows were rejected. Staged rows are JSON lines, read as data, since others may be able to write to the storage.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Base64Bytes, Field, ValidationError

from contracts.base_model import FrozenModel
from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import Artifact
from contracts.dataset.rejected_rows import RejectedRow, to_lines
from contracts.errors import CorruptData, TooManyBadRecords
from preprocessing.planning.ranges import Plan
from sources.read_range import positions_before
from sources.rejects import Rejects


@dataclass(frozen=True)
class StagedRejects:
    """The rejected rows of one range: their number, and their staged file; None if there are none."""

    count: int
    path: str | None
    file: int = 0
    """Index of the source's file."""
    start: int = 0
    """Start of the range, in its own units."""


class _StagedRow(FrozenModel):
    line: Annotated[int, Field(ge=1, description="From 1 at the start of the range.")]
    reason: str
    raw: Base64Bytes


def stage_rejected(folder: DataFolder, rejects: Rejects | None) -> StagedRejects:
    """Stage the rejected rows of a range until all ranges are read."""
    if rejects is None or not rejects.rows:
        return StagedRejects(0, None)
    path = f"{folder.staging}/rejected-{secrets.token_hex(8)}"
    with folder.files.open_output(path) as stream:
        for row in rejects.rows:
            staged = _StagedRow(line=row.line, reason=row.reason, raw=b64encode(row.text))
            stream.write(staged.model_dump_json().encode() + b"\n")
    return StagedRejects(len(rejects.rows), path, rejects.rows[0].file, rejects.rows[0].start)


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
            rows = _staged_rows(folder, rejects.path, rejects.count)
            file = plan.files[rejects.file]
            before = positions_before(plan.source, file, rejects.start)
            for row in rows:
                yield RejectedRow.of(file.uri, before + row.line, row.reason, row.raw)


def _staged_rows(folder: DataFolder, path: str, count: int) -> list[_StagedRow]:
    """Read the staged rows of a range. Raises `CorruptData` for lines that `stage_rejected` does not write."""
    lines = folder.files.read(path).split(b"\n")[:-1]
    if len(lines) != count:
        raise CorruptData(f"{folder.path}/{path} has {len(lines)} lines, and {count} rows were staged there")
    rows: list[_StagedRow] = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(_StagedRow.model_validate_json(line))
        except ValidationError as error:
            reasons = ", ".join(detail["msg"] for detail in error.errors(include_url=False, include_input=False))
            raise CorruptData(f"{folder.path}/{path}: line {number} is not a staged row: {reasons}") from None
    return rows
