"""The vectors among a model's raw fields: lists of numbers, of which each is a numeric field as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import numpy as np

from contracts.errors import InvalidRequest
from modeling.decoding.received import received
from sources.arrays import Array
from sources.matrices import places_of

_PLAIN = {float, int, type(None)}
"""Types that numpy converts to numbers, null to NaN."""

Number = Callable[[object, str], float]
"""From a value and its field to float64, NaN where missing. Raises `InvalidRequest` with the reason alone."""
Place = Callable[[int], str]
"""Names a row in messages."""


class VectorFields:
    """The vectors of a model by name, with the places of their elements among its numbers."""

    def __init__(self, vectors: Mapping[str, Sequence[str]], numbers: Sequence[str]) -> None:
        """Know the `vectors` of which each element is among `numbers`."""
        self.elements = {name: list(elements) for name, elements in vectors.items()}
        self.places = {
            name: np.array(places_of(elements, list(numbers)), np.int64) for name, elements in self.elements.items()
        }
        self.owners = {element: name for name, elements in self.elements.items() for element in elements}
        """The vector of each element."""

    def __contains__(self, name: object) -> bool:
        return name in self.elements

    def __iter__(self) -> Iterator[str]:
        return iter(self.elements)

    def __len__(self) -> int:
        return len(self.elements)

    def taken_from(self, row: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
        """Return the row's vectors, and its other fields. Raises `InvalidRequest` for an element that is in a vector, too."""
        vectors = {name: row[name] for name in self.elements if name in row}
        if not vectors:
            return vectors, row
        others = {name: value for name, value in row.items() if name not in vectors}
        for name in others:
            if self.owners.get(name) in vectors:
                raise InvalidRequest(f".{name}: is in {self.owners[name]!r}, too; send one of them")
        return vectors, others

    def matrix(self, name: str, values: Sequence[object] | Array, number: Number, place: Place) -> Array:
        """Return a vector's rows as numbers [rows, elements], NaN where an element or the list is missing.

        Raises `InvalidRequest` for a value that is no list of as many numbers.
        """
        size = len(self.elements[name])
        if isinstance(values, np.ndarray):
            if values.ndim == 2 and values.dtype.kind in "fiu" and values.shape[1] == size:
                return values
            values = cast("list[object]", values.tolist())
        there = [row for row, value in enumerate(values) if value is not None]
        given = [values[row] for row in there]
        read = _plain(given, size)
        if read is None:
            rows = [self._row(name, value, number, place(row)) for row, value in zip(there, given, strict=True)]
            read = np.array(rows, np.float64)
        if len(there) == len(values):
            return read
        matrix = np.full((len(values), size), np.nan)
        matrix[there] = read
        return matrix

    def _row(self, name: str, value: object, number: Number, where: str) -> list[float]:
        elements = self.elements[name]
        if not isinstance(value, list):
            raise InvalidRequest(
                f"{where}: must be a list of {len(elements)} numbers, or null where it is missing. Received: {received(value)}"
            )
        given = cast("list[object]", value)
        if len(given) != len(elements):
            raise InvalidRequest(
                f"{where}: must be a list of {len(elements)} numbers, with null where one is missing. Received: a list of "
                f"{len(given)}"
            )
        numbers: list[float] = []
        try:
            for part, element in zip(given, elements, strict=True):
                numbers.append(number(part, element))
        except InvalidRequest as error:
            raise InvalidRequest(f"{where}[{len(numbers)}]: {error.message}") from None
        return numbers


def _plain(values: Sequence[object], size: int) -> Array | None:
    """Return lists of `size` numbers or nulls as float64 [rows, size]; None where there is anything else."""
    if not all(type(value) is list and len(cast("list[object]", value)) == size for value in values):
        return None
    flat: list[Any] = list(chain.from_iterable(cast("Sequence[list[Any]]", values)))
    if not _PLAIN.issuperset(map(type, flat)):
        return None
    try:
        return np.array(flat, np.float64).reshape(len(values), size)
    except OverflowError:  # a whole number of hundreds of digits
        return None
