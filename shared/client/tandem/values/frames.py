"""Tables of pandas, polars and pyarrow as columns for a request, and predictions as a table of the same library.

None of the libraries is imported here before the caller has imported it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from tandem.errors import InvalidInput
from tandem.values.plain_values import plain

CHUNK_ROWS = 10_000
"""Rows of one request: some megabytes, far below the service's limits."""

Columns = dict[str, list[Any]]
PREDICTION = "prediction"
"""The column of the predictions of a model with one output."""


@dataclass(frozen=True)
class Frame:
    """A table of some library: its number of rows, its columns in a range of rows, and a table made like it."""

    rows: int
    columns: Callable[[int, int], Columns]
    like: Callable[[Columns], Any]

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Columns]:
        """Yield the columns of one range of rows after another."""
        for start in range(0, self.rows, rows):
            yield self.columns(start, min(start + rows, self.rows))


def frame_of(table: object) -> Frame | None:
    """Return a table of pandas, polars or pyarrow, or of any library that hands out Arrow data; None for other values.

    Raises `InvalidInput` for columns whose names are not distinct text, and for a lazy table.
    """
    for library, is_table, make in (
        ("pandas", "DataFrame", _of_pandas),
        ("polars", "DataFrame", _of_polars),
        ("pyarrow", "Table", _of_arrow),
        ("pyarrow", "RecordBatch", _of_arrow),
    ):
        kind = getattr(sys.modules.get(library), is_table, None)
        if kind is not None and isinstance(table, kind):
            return make(table)
    if type(table).__name__ == "LazyFrame":
        raise InvalidInput("a LazyFrame has no rows yet: call its collect()")
    if hasattr(table, "__arrow_c_stream__"):
        arrow: Any = import_module("pyarrow")  # the library that hands out Arrow data cannot be told by its type
        return _of_arrow(arrow.table(table))
    return None


def _of_pandas(table: Any) -> Frame:
    names = _distinct(table.columns)

    def columns(start: int, end: int) -> Columns:
        part = table.iloc[start:end]
        return {name: plain(part.iloc[:, i].tolist()) for i, name in enumerate(names)}

    def like(values: Columns) -> Any:
        return sys.modules["pandas"].DataFrame(values, index=table.index)

    return Frame(len(table), columns, like)


def _of_polars(table: Any) -> Frame:
    _distinct(table.columns)

    def columns(start: int, end: int) -> Columns:
        part = table.slice(start, end - start)
        return {name: plain(part[name].to_list()) for name in part.columns}

    return Frame(table.height, columns, sys.modules["polars"].DataFrame)


def _of_arrow(table: Any) -> Frame:
    names = _distinct(table.schema.names)

    def columns(start: int, end: int) -> Columns:
        part = table.slice(start, end - start)
        return {name: plain(part.column(i).to_pylist()) for i, name in enumerate(names)}

    return Frame(table.num_rows, columns, table.from_pydict)


def _distinct(names: Sequence[object]) -> list[str]:
    wrong = [name for name in names if not isinstance(name, str)]
    if wrong:
        raise InvalidInput(f"names of columns must be text, as the features' names are. Received: {wrong[0]!r}")
    texts = cast("list[str]", list(names))
    twice = {name for name in texts if texts.count(name) > 1} if len(set(texts)) < len(texts) else set[str]()
    if twice:
        raise InvalidInput(f"names of columns must be distinct. Received twice: {', '.join(sorted(twice))}")
    return texts


def output_columns(outputs: object) -> Columns:
    """Return the outputs of a reply to columns by name; the only one of a model is named `prediction`."""
    if isinstance(outputs, Mapping):
        return {str(name): list(values) for name, values in cast("Mapping[str, list[Any]]", outputs).items()}
    return {PREDICTION: cast("list[Any]", outputs)}
