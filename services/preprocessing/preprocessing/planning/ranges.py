"""Files to ranges that can each be read alone: whole records from byte to byte, rows, or runs of stripes or record batches.

`sources` parses records; this module finds columns and boundaries.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import pyarrow as pa

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidData, UnreadableFile
from contracts.schema import ValueType
from contracts.source import ColumnarSource, DelimitedText, RangeSource, TextSource, TfRecordFiles, check_distinct
from preprocessing.planning.record_ranges import record_starts
from preprocessing.planning.text_ranges import beginning, delimited_ranges, line_ranges
from sources.columnar.choose_columnar_format import columnar_format
from sources.columnar.tfrecord.sample_columns import with_columns
from sources.packed_ranges import PackedRanges
from sources.text.choose_line_format import line_format
from sources.text.text_streams import TO_THE_END
from sources.whole_files import text_columns, with_folder_columns

RANGE_BYTES = 32 << 20
"""Text per task: large against what a task costs (10 ms), small against a worker's memory."""
SMALL_RANGE_BYTES = 4 << 20
"""Text per task in a small source, so that every core has something to do."""
_FEW = 8
_FEW_SHARED = 4
"""Number of ranges of a small source that share row groups: fewer, since each decodes a row group from its beginning."""


@dataclass(frozen=True)
class Plan:
    """The input of a job: the source with all of its column names, and the ranges, in the order of the files.

    `columns`: those of the files, then the partition columns of their folders. `samples`: ranges that are independent of the
    requested number of partitions, so that the inferred schema is, too.
    """

    source: RangeSource
    files: list[SourceFile]
    ranges: Sequence[SourceRange]
    columns: list[str]
    samples: list[SourceRange] = field(default_factory=list[SourceRange])
    elements: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The columns that are the elements of a vector, by the vector's name."""
    vectors: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Those of them that the files have as one column of lists."""

    @cached_property
    def schemas(self) -> list[pa.Schema]:
        """Return the schema of each file of a columnar source."""
        assert isinstance(self.source, ColumnarSource)
        columnar = columnar_format(self.source)
        return [columnar.schema(file) for file in self.files]

    @cached_property
    def sampled_types(self) -> dict[str, ValueType | None]:
        """Return the types of the columns in the files of a source of lines, by the first MiB of each; None for nested ones."""
        assert not isinstance(self.source, ColumnarSource | DelimitedText)
        own = [name for name in self.columns if name not in self.files[0].partition]
        return line_format(self.source).types(self.files, own)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields as tasks need them: the ranges packed, no samples and none of the cached answers."""
        state = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {**state, "ranges": PackedRanges(self.ranges), "samples": []}


def plan_ranges(source: RangeSource, files: Sequence[SourceFile], partitions: int | None = None) -> Plan:
    """Divide the files into `partitions` ranges, or into ranges of about `RANGE_BYTES`, smaller ones where they are few.

    Files read as a stream, and records or stripes larger than a range, may make it fewer. Raises `UnreadableFile` for an
    empty file or a quoted field that never ends, `InvalidData` for a header with duplicate names or unlike the first file's.
    """
    if isinstance(source, TfRecordFiles):
        plan = _plan_records(source, files, partitions)
    elif isinstance(source, ColumnarSource):
        plan = _plan_units(source, files, partitions)
    else:
        plan = _plan_text(source, files, partitions)
    return replace(plan, columns=with_folder_columns(files, plan.columns))


def _wanted(files: Sequence[SourceFile], few: int = _FEW) -> int:
    """Return the default number of ranges."""
    total = sum(file.bytes for file in files)
    return max(-(-total // RANGE_BYTES), min(few, -(-total // SMALL_RANGE_BYTES)), 1)


def _plan_text(source: TextSource, files: Sequence[SourceFile], partitions: int | None) -> Plan:
    columns, starts = text_columns(source, files)
    resolved = source.model_copy(update={"columns": columns})

    def ranges(wanted: int) -> list[SourceRange]:
        size = max(1, -(-sum(file.bytes for file in files) // wanted))
        return [
            part
            for index, (file, start) in enumerate(zip(files, starts, strict=True))
            for part in _divide(resolved, file, index, start, size)
        ]

    usual = _smaller_last(ranges, _wanted(files))
    return Plan(resolved, list(files), ranges(partitions) if partitions else usual, columns, usual)


def _divide(source: TextSource, file: SourceFile, index: int, first: int, size: int) -> list[SourceRange]:
    if isinstance(source, DelimitedText):
        return delimited_ranges(source, file, index, first, size)
    return line_ranges(source, file, index, first, size)


def _smaller_last(ranges: Callable[[int], list[SourceRange]], wanted: int) -> list[SourceRange]:
    """Return `wanted` ranges, the last quarter of them in halves.

    Tasks take them in order, and cores differ in speed: the smaller the last ranges, the sooner all are done.
    (Polychronopoulos and Kuck, "Guided self-scheduling", IEEE Transactions on Computers, 1987, in its simplest form.)
    """
    small = 2 * (wanted // 4)
    if not small:
        return ranges(wanted)
    halves = ranges(2 * wanted)
    joined: list[SourceRange] = []
    rest = halves[:-small]
    while rest:
        first, second = rest[0], rest[1] if len(rest) > 1 else None
        if second is not None and second.file == first.file:
            joined.append(first.model_copy(update={"end": second.end}))
            rest = rest[2:]
        else:
            joined.append(first)
            rest = rest[1:]
    return joined + halves[-small:]


def _plan_records(source: TfRecordFiles, files: Sequence[SourceFile], partitions: int | None) -> Plan:
    starts = record_starts(source, files)
    resolved = with_columns(source, files)

    def ranges(wanted: int) -> list[SourceRange]:
        size = max(1, -(-sum(file.bytes for file in files) // wanted))
        return [part for file in starts for part in file.ranges(size)]

    chosen = ranges(partitions) if partitions else _smaller_last(ranges, _wanted(files))
    return Plan(resolved, list(files), chosen, list(resolved.columns or {}))


def _plan_units(source: ColumnarSource, files: Sequence[SourceFile], partitions: int | None) -> Plan:
    divided = [columnar_format(source).units(file) for file in files]
    columns = divided[0].columns
    try:
        check_distinct(columns, f"{files[0].uri}: column names")
    except ValueError as error:
        raise InvalidData(str(error), pointer="/source") from error
    for file, units in zip(files, divided, strict=True):
        if units.columns != columns:
            raise InvalidData(f"{file.uri}: its columns are not those of {files[0].uri}", pointer="/source/uris")
    if not any(units.has_rows for units in divided):
        raise UnreadableFile(f"{files[0].uri} has no rows", pointer="/source/uris")
    are_shared = any(units.begins for units in divided)
    groups = sum(len(units.begins) - 1 for units in divided if units.begins)
    few = min(max(groups, _FEW_SHARED), _FEW) if are_shared else _FEW
    wanted = partitions or _wanted(files, few)
    per_range = max(1, -(-sum(max(units.count, 1) for units in divided) // wanted))
    ranges: list[SourceRange] = []
    for index, units in enumerate(divided):
        if units.count < 0:
            ranges.append(SourceRange(file=index, start=0, end=TO_THE_END))
        cuts = sorted({_near(units.begins, cut, per_range // 2) for cut in range(0, units.count, per_range)})
        ranges += [
            SourceRange(file=index, start=start, end=end)
            for start, end in pairwise([*cuts, units.count])
            if start != end
        ]
    if are_shared and not partitions:
        ranges = _last_halved(ranges, [units.begins for units in divided])
    return Plan(source, list(files), ranges, columns)


def _near(begins: Sequence[int], cut: int, reach: int) -> int:
    """Return the start of the nearest row group, if it is within `reach` of the cut; otherwise the cut."""
    after = bisect_left(begins, cut)
    nearest = min(begins[max(after - 1, 0) : after + 1], key=lambda begin: abs(begin - cut), default=cut)
    return nearest if abs(nearest - cut) <= reach else cut


def _last_halved(ranges: Sequence[SourceRange], begins: Sequence[Sequence[int]]) -> list[SourceRange]:
    """Halve the last quarter of the ranges, at least two, as `_smaller_last` does; none that begins inside a row group."""
    whole = max(len(ranges) - max(len(ranges) // 4, 2), 0)
    halved = list(ranges[:whole])
    for part in ranges[whole:]:
        middle = _near(begins[part.file], (part.start + part.end) // 2, (part.end - part.start) // 4)
        if part.start in begins[part.file] and part.start < middle:
            halved += [part.model_copy(update={"end": middle}), part.model_copy(update={"start": middle})]
        else:
            halved.append(part)
    return halved


def beginnings(plan: Plan, count: int) -> list[SourceRange]:
    """Return the first records of up to `count` ranges spread over a text source, as a sample; whole ranges of streams."""
    assert isinstance(plan.source, DelimitedText)
    chosen = plan.samples[:: max(1, -(-len(plan.samples) // count))]
    return [beginning(plan.source, plan.files[part.file], part) for part in chosen]
