"""Sequences that every task of a job unpickles, packed: small, and made of few objects."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeVar, overload

_Item = TypeVar("_Item")


class PackedSequence(Sequence[_Item]):
    """A sequence whose items are made as they are asked for. Subclasses hold what they are made of in a few arrays and lists."""

    @abstractmethod
    def item(self, index: int) -> _Item:
        """Return the item at `index`."""
        ...

    @overload
    def __getitem__(self, index: int) -> _Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[_Item]: ...
    def __getitem__(self, index: int | slice) -> _Item | list[_Item]:
        """Return one item, or several."""
        if isinstance(index, slice):
            return [self.item(place) for place in range(*index.indices(len(self)))]
        return self.item(index)
