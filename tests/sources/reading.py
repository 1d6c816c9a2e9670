"""What the tests of `sources` share: a file written, planned in any number of parts, and read back as Python values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from contracts.dataset.manifest import SourceFile
from contracts.schema import ValueType
from contracts.source import RangeSource
from preprocessing.planning.ranges import Plan, plan_ranges
from sources.files.resolve_sources import locate
from sources.read_range import positions_before, read_range
from sources.rejects import Rejects

SOURCE: TypeAdapter[RangeSource] = TypeAdapter(RangeSource)
Row = tuple[Any, ...]


def written(path: Path, data: bytes) -> SourceFile:
    """Write a file, and return it as a plan lists it."""
    path.write_bytes(data)
    return SourceFile(uri=str(path), bytes=len(data), modified_ns=0)


def planned(path: Path, partitions: int | None = None, **fields: Any) -> Plan:
    """The plan for a file in a folder that is the only root; `csv`, unless another format is given."""
    source = SOURCE.validate_python({"format": "csv", "uris": [str(path)], **fields})
    files = locate(source.uris, [str(path.parent)], hive_partitioning=source.hive_partitioning)
    return plan_ranges(source, files, partitions)


def rows(
    plan: Plan,
    kinds: Mapping[str, ValueType] | None = None,
    *,
    null_values: Mapping[str, Sequence[str]] | None = None,
    allowed: int | None = None,
    rejected: list[tuple[str, int, str, bytes]] | None = None,
) -> list[Row]:
    """All rows, of all columns as bytes unless `kinds` says otherwise; `rejected` gets file, line, reason and text."""
    kinds = kinds or dict.fromkeys(plan.columns, "bytes")
    found: list[Row] = []
    for part in plan.ranges:
        rejects = None if allowed is None else Rejects(allowed)
        for batch in read_range(plan.source, plan.files, part, kinds, null_values=null_values or {}, rejects=rejects):
            assert batch.num_rows
            assert batch.schema.names == list(kinds)
            found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
        if rejected is not None and rejects is not None:
            for row in rejects.rows:
                file = plan.files[row.file]
                line = positions_before(plan.source, file, row.start) + row.line
                rejected.append((Path(file.uri).name, line, row.reason, row.text))
    return found
