"""Rows of CSV, with or without a header, as SageMaker and MLflow send them.

A header names fields, in any order, and those without a column are missing; columns that are no fields are ignored, as in
`extra_columns`. Without a header, a line has all fields in the order of
the schema. An empty cell is missing, as are the dataset's other spellings of missing; so is an empty line where there is one
column, and elsewhere it is nothing. Numbers are read as from CSV sources, and initial spaces are skipped where the dataset's
source skips them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from itertools import dropwhile
from typing import Any

import numpy as np

from contracts.errors import InvalidRequest
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import Column, read_columns
from modeling.feature_kinds.raw_values import RawValues
from modeling.protocols.extra_columns import extra_columns
from modeling.serving.inference_request import Reply
from modeling.serving.loaded_version import LoadedVersion, Outputs

MEDIA_TYPE = "text/csv"


def read_csv(
    body: bytes, names: list[str], fields: Fields, *, has_header: bool | None, ignored: list[str] | None = None
) -> RawValues:
    """Decode the rows of a body; `names`: the fields in the order of the schema. `has_header` None: detected.

    Then the first line is one if each of its cells is the name of a field, or if most are, or any where there are not as many
    cells as fields. Columns of a header that are no fields are added to `ignored`. Raises `InvalidRequest` naming line and field.
    """
    ignored = [] if ignored is None else ignored
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"the body is not UTF-8 at byte {error.start}") from error
    lines = list(_records(text, skip_initial_space=fields.skip_initial_space))
    if len(names) > 1:
        lines = list(dropwhile(_is_empty, lines))
    first = (lines[0][1] if lines else []) or [""]
    if has_header is None:
        has_header = _is_header(first, [*names, *fields.vectors])
    if lines and has_header:
        names = _checked_header(first, fields, ignored)
        del lines[0]
    lines = [(line, cells or [""]) for line, cells in lines if cells or len(names) == 1]
    if not lines:
        below = " below its header" if has_header else ". Received: nothing"
        raise InvalidRequest(f"the body must hold at least one row of CSV{below}")
    for line, cells in lines:
        if len(cells) != len(names):
            hint = "as its header has" if has_header else "all fields of the model, or a header that names some of them"
            raise InvalidRequest(f"line {line}: must have {len(names)} cells, {hint}. Received: {len(cells)}")
    columns: dict[str, Column] = {}
    for index, name in enumerate(names):
        if name in ignored:
            continue
        columns[name] = _column([(line, row[index]) for line, row in lines], name, fields)
    return read_columns(
        columns, len(lines), fields, lambda name: name, where_of_value=lambda name, row: f"line {lines[row][0]}, {name}"
    )


def _records(text: str, *, skip_initial_space: bool) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its last line; an empty line has no cells, nor has one of skipped spaces."""
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True, skipinitialspace=skip_initial_space)
    try:
        for cells in reader:
            is_blank = skip_initial_space and cells == [""] and not lines.last.strip(" \r\n")
            yield reader.line_num, [] if is_blank else cells
    except csv.Error as error:
        raise InvalidRequest(f"line {reader.line_num}: is not CSV: {error}") from error


class _Lines:
    """The lines of a text, for the CSV reader; `last` is the one that it has read last."""

    def __init__(self, text: str) -> None:
        self.last = ""
        self._lines = io.StringIO(text, newline="")

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.last = line
            yield line


def _is_empty(record: tuple[int, list[str]]) -> bool:
    return not record[1]


def _is_header(cells: list[str], names: list[str]) -> bool:
    known = sum(cell in names for cell in cells)
    return known == len(cells) or known > len(cells) / 2 or (known > 0 and len(cells) != len(names))


def _checked_header(cells: list[str], fields: Fields, ignored: list[str]) -> list[str]:
    for index, name in enumerate(cells):
        if name in cells[:index]:
            raise InvalidRequest(f"line 1, column {index + 1}: names {name!r} a second time")
        if name in fields.vectors:
            elements = fields.vectors.elements[name]
            raise InvalidRequest(
                f"line 1, column {index + 1}: CSV has a column for each element of the vector {name!r}, {elements[0]!r} to "
                f"{elements[-1]!r}"
            )
    ignored += extra_columns(cells, fields, "line 1")
    return cells


def _column(cells: list[tuple[int, str]], name: str, fields: Fields) -> Column:
    """Return a field's cells, which come with their lines, as numbers or as text. Raises `InvalidRequest`."""
    if name in fields.categorical_at or name in fields.integers.places:
        return [cell for _, cell in cells]
    return np.array(_converted(cells, name, partial(fields.number_of_text, name=name)), np.float64)


def _converted(cells: list[tuple[int, str]], name: str, convert: Callable[[str], Any]) -> list[Any]:
    values: list[Any] = []
    for line, cell in cells:
        try:
            values.append(convert(cell))
        except InvalidRequest as error:
            raise InvalidRequest(f"line {line}, {name}: {error.message}") from None
    return values


def write_csv(outputs: Outputs, loaded: LoadedVersion) -> Reply:
    """Write a line per row, without a header: the outputs in the order of their names, a cell per column.

    A number that is not finite is an empty cell. The line end is that of SageMaker's own containers, LF.
    """
    flat = [array.reshape(len(array), -1) for _, array in sorted(outputs.items())]
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    for row in zip(*flat, strict=True):
        writer.writerow([_cell(value) for part in row for value in part.tolist()])
    return Reply(sink.getvalue().encode(), loaded.manifest.version, MEDIA_TYPE)


def _cell(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if not isinstance(value, float) or np.isfinite(value) else ""
