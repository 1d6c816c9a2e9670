"""The part that all kinds share whose column holds tokens: how numbers and booleans among them are spelled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field

from contracts.features.base import ColumnFeature, ColumnType, Conflict, ValueType
from contracts.features.many import Many
from contracts.features.spelling import TokenSpelling
from contracts.features.text_rules import TextRule


class TokenFeature(ColumnFeature):
    """A feature that is read as tokens of any bytes."""

    column_type: ClassVar[ColumnType] = "token"
    later_fields: ClassVar[frozenset[str]] = frozenset({"spelling", "strip", "fold_case", "many"})

    strip: Annotated[
        bool,
        Field(description="True: spaces around a token are no part of it, in files and at predict: ` Yes` is `Yes`."),
    ] = False
    fold_case: Annotated[
        bool, Field(description="True: a token is read in lower case, in files and at predict: `Yes` is `yes`.")
    ] = False
    many: Annotated[
        Many | None,
        Field(
            description="Set where a value is a list of tokens: an array, or text with a separator. Each token has an id, and "
            "their vectors become one. Null: a value is one token."
        ),
    ] = None
    spelling: Annotated[
        TokenSpelling | None,
        Field(
            description="`canonical`, the default: text that is a number or a boolean as programs write them is that number or "
            "boolean, so that `101.0`, `1.01E2` and `True` in a CSV file are the tokens `101` and `true`, as in typed files and "
            "JSON; codes such as `06` stay. `written`: text stays as it is, for versions such as `3.10`, which is not `3.1`. "
            "Null in datasets and models of earlier releases, whose text stays as it is."
        ),
    ] = None

    @property
    def text_rule(self) -> TextRule | None:
        """Return the spellings that are one token; None if each is its own."""
        if self.many is not None:
            return TextRule(fold_case=self.fold_case, separator=self.many.separator, limit=self.many.max)
        return TextRule(strip=self.strip, fold_case=self.fold_case) if self.strip or self.fold_case else None

    @property
    def places_before_ids(self) -> int:
        """Return the number of ids below that of a missing value: 1 for lists, which have `NO_ID`."""
        return int(self.many is not None)

    @property
    def bag(self) -> Many | None:
        """Return `many`."""
        return self.many

    @property
    def value_type(self) -> ValueType:
        """Return `bytes`: a token of any bytes."""
        return "bytes"

    @property
    def respells(self) -> bool:
        """Return true if the spelling is canonical."""
        return self.spelling == "canonical"

    def with_type(self, column: ValueType, decimal_point: str = ".") -> Self:
        """Return the feature with the canonical spelling if none is given; the text of lists stays as it is written."""
        del column, decimal_point
        spelling = "canonical" if self.many is None else "written"
        return self if self.spelling is not None else self.model_copy(update={"spelling": spelling})

    def conflicts(self, nulls: Collection[str]) -> Iterator[Conflict]:
        """Yield a conflict for each option that lists of tokens do not have."""
        del nulls
        if self.many is None:
            return
        if self.strip:
            yield Conflict(("strip",), "tokens of lists keep their spaces; name a separator that has them, as `, `")
        if self.spelling == "canonical":
            yield Conflict(("spelling",), "tokens of lists stay as they are written; leave the spelling out")

    def number_inputs(self, name: str) -> list[str]:
        """Return an empty list: a token is not a number."""
        del name
        return []

    def id_inputs(self, name: str) -> list[str]:
        """Return the feature's own name."""
        return [name]
