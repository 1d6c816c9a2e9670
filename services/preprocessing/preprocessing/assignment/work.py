"""`Work`, the parameters that all tasks of a job receive, built by `pipeline`; and the rows that every pass reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, cast

import pyarrow as pa
import pyarrow.compute as pc

from contracts.classes import ClassName
from contracts.dataset.data_folder import DataFolder
from contracts.label_kinds import label_traits
from contracts.schema import Layout, Records, Schema, ValueType
from preprocessing.assignment.evaluated_values import Evaluated
from preprocessing.assignment.splitters.base import Splitter, written_name
from preprocessing.assignment.splitters.value_hashes import split_spelling
from preprocessing.planning.ranges import Plan
from sources.arrays import Floats
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.row_places import row_place
from sources.values.number_tokens import number_tokens
from sources.values.text_values import Spelling

_NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Work:
    """The parameters shared by all tasks of a job."""

    plan: Plan
    schema: Schema
    columns: dict[str, ValueType]
    """Columns read from the source, with their types: features, columns of label and weight, split key; in this order. They
    decide whether two rows are equal in the dataset."""
    split_columns: dict[str, ValueType]
    """Columns that decide a row's split, with the types that they are read as, in the order of their names."""
    splitter: Splitter
    records: Records
    layout: Layout
    compression: Literal["none", "gzip"]
    folder: DataFolder
    evaluated: bool
    """True if `evaluate_expressions` stages values of the rows."""
    filter_columns: dict[str, ValueType]
    """Columns read only for the filter."""
    max_bad_records: int = 0
    classes: Sequence[ClassName] = ()
    """Classes of a multiclass label in the order of ids; empty until they are learned."""
    group_columns: dict[str, ValueType] = field(default_factory=dict[str, ValueType])
    """Columns whose groups of equal rows may not be in two splits, with the types that they are read as; empty without."""
    has_staged_splits: bool = False
    """True if the pass over the classes has staged the rows' splits."""

    @property
    def key_columns(self) -> Mapping[str, ValueType]:
        """The columns of the `split_key`, whether its hash divides rows or its groups are checked; empty without one."""
        return self.group_columns or self.splitter.key_columns(self)

    @cached_property
    def split_spelling(self) -> Spelling:
        """The spelling of numbers, and the null tokens, in the columns that decide a row's split: the source's."""
        return split_spelling(self.plan.source)

    @cached_property
    def split_written(self) -> dict[str, str]:
        """The columns that decide a row's split, or its group, and are read as the file has them, by the name of these values.

        Those that a feature or the label reads by rules of its own, and those that the splitter asks for. Lists count as their
        text, which is one for all formats.
        """
        lists = self.schema.bags.keys() | self.schema.number_lists.keys()
        ruled = {*self.schema.null_values, *self.schema.column_rules} - lists
        hashed = {**self.split_columns, **self.group_columns}
        names = [*(name for name in hashed if name in ruled), *self.splitter.written]
        return {written_name(name): name for name in names}


def source_batches(
    work: Work,
    part: int,
    columns: Sequence[str],
    rejects: Rejects | None = None,
    *,
    written: Mapping[str, str] = _NONE,
) -> Iterator[pa.RecordBatch]:
    """Yield the named columns of a range's accepted rows: identical rows for any choice of columns.

    `written`: columns that follow as the file has them, by the names that they get.

    If rows may be rejected, every column that the job uses is read, since each of them may reject a row. One that is read for
    the split or the group alone rejects none.
    """
    used: dict[str, ValueType] = {**work.columns, **work.filter_columns}
    wanted: dict[str, ValueType] = {
        name: kind for name, kind in used.items() if work.max_bad_records or name in columns
    }
    hashed: dict[str, ValueType] = {**work.split_columns, **work.group_columns}
    unused: dict[str, ValueType] = {name: kind for name, kind in hashed.items() if name in columns and name not in used}
    wanted |= unused
    if work.max_bad_records and rejects is None:
        rejects = Rejects(work.max_bad_records)
    plan = work.plan
    batches = read_range(
        plan.source,
        plan.files,
        plan.ranges[part],
        wanted,
        null_values=work.schema.null_values,
        text_rules=work.schema.column_rules,
        rejects=rejects,
        lenient=frozenset(unused),
        written=written,
        vectors=work.plan.vectors,
    )
    names = [*columns, *written]
    for batch in batches:
        yield batch if batch.schema.names == names else batch.select(names)


def label_values(work: Work, batch: pa.RecordBatch, evaluated: Evaluated | None) -> Floats | pa.Array:
    """Return the unparsed label of each row: the evaluated value if there is one, else the column's value.

    Rows that the filter leaves out are null.
    """
    if evaluated is not None and evaluated.label is not None:
        return evaluated.label
    values = batch.column(cast("str", work.schema.label.column))
    if not label_traits(work.schema.label.kind).is_number and values.type != pa.binary():
        values = number_tokens(values)  # of a column that an expression reads as a number
    if evaluated is not None and evaluated.kept is not None:
        values = pc.if_else(pa.array(evaluated.kept), values, pa.scalar(None, values.type))
    return values


def row_location(work: Work, part: int, position: int, rejects: Rejects | None, row: int) -> str:
    """Return the location of a row, for error messages; its batch begins at `position` of the rows that were read."""
    source_range = work.plan.ranges[part]
    file = work.plan.files[source_range.file]
    skipped = set[int]() if rejects is None else {rejected.line for rejected in rejects.rows}
    return f"{file.uri}, {row_place(work.plan.source, file, source_range, position + row, skipped)}"
