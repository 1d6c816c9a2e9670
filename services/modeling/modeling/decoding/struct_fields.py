"""Nested objects of JSON rows to the fields of their paths: `user.address.city` is a field, and `user` may be an object.

Each field may come under its whole path, too; a null is missing in either form.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np

from contracts.errors import InvalidRequest
from modeling.decoding.received import received
from sources.arrays import Array
from sources.structs.leaf_paths import below, path_of, prefixes

Column = Sequence[object] | Array
_SHOWN = 3


class StructFields:
    """The objects that lead to a model's fields."""

    def __init__(self, names: Collection[str]) -> None:
        """Know the objects on the way to these fields. A name that is a field itself is none."""
        self.names = list(names)
        self.outer = frozenset(prefix for name in names for prefix in prefixes(name)) - frozenset(names)

    def __contains__(self, name: object) -> bool:
        return name in self.outer

    def flat_row(self, row: dict[str, object]) -> dict[str, object]:
        """Return a row with the values of its objects under their paths, unknown ones too.

        Raises `InvalidRequest`, with the path first in its message, for a path with two values, and for a value that has to be
        an object.
        """
        if self.outer.isdisjoint(row):
            return row
        flat: dict[str, object] = {}
        for name, value in row.items():
            for path, leaf in self._leaves(name, value):
                if path in flat and leaf is not None and flat[path] is not None:
                    raise _twice(f".{path}")
                if path not in flat or leaf is not None:
                    flat[path] = leaf
        return flat

    def flat_columns(
        self, columns: Mapping[str, Column], rows: int, where: Callable[[str, int], str]
    ) -> Mapping[str, Column]:
        """Return columns with the leaves of columns of objects under their paths, null where one has no such leaf.

        `where`: names a row of a column in messages. Raises `InvalidRequest` as `flat_row` does.
        """
        if self.outer.isdisjoint(columns):
            return columns
        flat: dict[str, Any] = {name: column for name, column in columns.items() if name not in self.outer}
        made: dict[str, list[object]] = {}
        for name, column in columns.items():
            if name not in self.outer:
                continue
            values = column.tolist() if isinstance(column, np.ndarray) else column
            for row, value in enumerate(values):
                try:
                    leaves = self.flat_row({name: value})
                except InvalidRequest as error:
                    raise InvalidRequest(f"{where(name, row)}{error.message.removeprefix(f'.{name}')}") from None
                for path, leaf in leaves.items():
                    own = made.setdefault(path, [None] * rows)
                    if leaf is not None and own[row] is not None:
                        raise _twice(where(path, row))
                    own[row] = own[row] if leaf is None else leaf
        for path, leaves in made.items():
            flat[path] = self._joined(path, flat[path], leaves, where) if path in flat else leaves
        return flat

    def _joined(
        self, path: str, column: Column, leaves: list[object], where: Callable[[str, int], str]
    ) -> list[object]:
        """Return a column with the leaves where it has nulls."""
        values: list[object] = column.tolist() if isinstance(column, np.ndarray) else [*column]
        for row, leaf in enumerate(leaves):
            if leaf is not None and values[row] is not None:
                raise _twice(where(path, row))
        return [leaf if value is None else value for value, leaf in zip(values, leaves, strict=True)]

    def _leaves(self, name: str, value: object) -> Iterator[tuple[str, object]]:
        if name not in self.outer:
            yield name, value
            return
        if value is None:
            return
        if not isinstance(value, dict):
            known = below(name, self.names)
            more = ", …" if len(known) > _SHOWN else ""
            shown = ", ".join(known[:_SHOWN])
            raise InvalidRequest(f".{name}: must be an object ({shown}{more}), or null. Received: {received(value)}")
        for key, inner in cast("dict[str, object]", value).items():
            yield from self._leaves(path_of(name, key), inner)


def _twice(where: str) -> InvalidRequest:
    return InvalidRequest(f"{where}: is given twice, by its path and in an object; send one of them")
