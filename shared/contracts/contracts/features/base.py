"""What every kind of feature answers: how its column is read, and which inputs of the model it makes.

A column is read as numbers or as tokens, and all stages that only pass values on (records, staged rows, batches of raw values)
go by that alone. A kind is a rule from one such column to inputs of the model: numbers, ids, or both.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field

from contracts.base_model import Frozen

if TYPE_CHECKING:
    from contracts.features.categorical import Categorical

ValueType = Literal["int64", "float64", "bytes"]
"""How a column is read from the source, and recorded in raw records (float64 as float32)."""

ColumnType = Literal["number", "token"]
"""The two sorts of values that a row has: numbers, float32 with NaN where missing, and tokens, bytes or null."""


@dataclass(frozen=True)
class Conflict:
    """What is wrong with a feature once its column is known: the place within the feature, and the message."""

    place: tuple[str | int, ...]
    message: str


class ColumnFeature(Frozen):
    """A feature that is made of the one column of its name."""

    null_values: Annotated[
        list[str],
        Field(
            description="Spellings of a missing value in this column, besides those of the source. For a numeric feature, one "
            "that is a number (-999) means every value equal to it as a float32, in files of any format and at predict."
        ),
    ] = []

    column_type: ClassVar[ColumnType]

    @property
    @abstractmethod
    def value_type(self) -> ValueType:
        """Return how the column is read. Without a given type, a number is float64."""

    def with_type(self, column: ValueType) -> Self:
        """Return the feature as a manifest holds it, given how the source types its column. By default unchanged."""
        del column
        return self

    def conflicts(self, nulls: Collection[str]) -> Iterator[Conflict]:
        """Yield what no manifest may hold. `nulls`: every spelling of the feature's missing values. By default nothing."""
        del nulls
        yield from ()

    @abstractmethod
    def number_inputs(self, name: str) -> list[str]:
        """Return the names of the model's float32 inputs that are made of this feature's values."""

    def indicator_inputs(self, name: str) -> list[str]:
        """Return the names of the model's 0/1 inputs that tell missing values apart. By default there are none."""
        del name
        return []

    @abstractmethod
    def id_inputs(self, name: str) -> list[str]:
        """Return the names of the model's inputs that are category ids."""

    @property
    def vocabulary(self) -> Categorical | None:
        """How the vocabulary of the column's tokens is learned; None, the default, where the feature has none."""
        return None

    @property
    def limits_extremes(self) -> bool:
        """Whether one extreme number changes the model's inputs little. By default true; a plainly scaled number's is false."""
        return True
