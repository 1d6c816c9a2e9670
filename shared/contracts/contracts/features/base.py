"""The interface of every kind of feature: how its column is read, and which model inputs it produces.

A column is read as numbers or as tokens, and all stages that only pass values on (records, staged rows, batches of raw values)
go by that alone. A kind is a rule from one such column to inputs of the model: numbers, ids, or both.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field

from contracts.base_model import FrozenModel
from contracts.features.text_rules import TextRule

if TYPE_CHECKING:
    from contracts.features.categorical import Categorical
    from contracts.features.many import Many

ValueType = Literal["int64", "float64", "bytes", "instant"]
"""Type as which a column is read from the source, and recorded in raw records (float64 as float32).

`instant`: a date or a time, as microseconds since 1970 in UTC, int64. No feature is one, but an expression may read it.
"""

ColumnType = Literal["number", "token"]
"""The two sorts of values that features have: numbers, float32 with NaN where missing, and tokens, bytes or null."""

RawType = Literal["number", "token", "integer"]
"""The sorts of values that a client sends: those of features, and whole numbers of 64 bits that expressions read."""


@dataclass(frozen=True)
class Conflict:
    """A contradiction in a feature once its column is known: the place within the feature, and the message."""

    place: tuple[str | int, ...]
    message: str


class ColumnFeature(FrozenModel):
    """A feature that is made of the one column of its name."""

    null_values: Annotated[
        list[str],
        Field(
            description="Null tokens of this column, in addition to those of the source. For a numeric feature, a token "
            "that is a number (-999) matches every value equal to it as a float32, in files of any format and at predict."
        ),
    ] = []

    column_type: ClassVar[ColumnType]
    later_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields that did not always exist: left out of a schema's fingerprint where they have their default."""

    @property
    def text_rule(self) -> TextRule | None:
        """Return how the feature's values are written as text; None, the default, if as the source has them."""
        return None

    @property
    @abstractmethod
    def value_type(self) -> ValueType:
        """Return how the column is read. Without a given type, a number is float64."""

    def with_type(self, column: ValueType, decimal_point: str = ".") -> Self:
        """Return the feature as stored in a manifest, given the source's type of its column. By default unchanged.

        `decimal_point`: that of the source's numbers, where they are text.
        """
        del column, decimal_point
        return self

    def conflicts(self, nulls: Collection[str]) -> Iterator[Conflict]:
        """Yield the conflicts that no manifest may contain. `nulls`: every null token of the feature. By default none."""
        del nulls
        yield from ()

    @abstractmethod
    def number_inputs(self, name: str) -> list[str]:
        """Return the names of the model's float32 inputs that this feature's values produce."""

    def indicator_inputs(self, name: str) -> list[str]:
        """Return the names of the model's 0/1 inputs that mark missing values. By default there are none."""
        del name
        return []

    @abstractmethod
    def id_inputs(self, name: str) -> list[str]:
        """Return the names of the model's inputs that are category ids."""

    @abstractmethod
    def id_sizes(self, name: str, vocabularies: Mapping[str, int], buckets: Mapping[str, int]) -> list[int]:
        """Return the number of ids of each of `id_inputs`, including 0 for missing.

        `vocabularies`: number of tokens; `buckets`: number of ids of a rule that has bounds; both by feature.
        """

    @property
    def wanted_quantiles(self) -> list[float]:
        """Return the probabilities whose quantiles the feature's rule needs, ascending. By default there are none."""
        return []

    @property
    def vocabulary(self) -> Categorical | None:
        """Return the rule by which the column's vocabulary is learned; None, the default, if the feature has no vocabulary."""
        return None

    @property
    def bag(self) -> Many | None:
        """Return the rule of lists, where a value is a list of tokens; None, the default, where it is a single one."""
        return None

    @property
    def respells(self) -> bool:
        """Return true if text that is a number or a boolean gets its canonical spelling. By default false."""
        return False

    @property
    def limits_extremes(self) -> bool:
        """Return true if one extreme number changes the model's inputs little. By default true; false for plain scaling."""
        return True
