"""The prediction target: where it stands, and how its text is read."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from contracts.base_model import FrozenModel
from contracts.features import TextRule
from contracts.label_kinds import LABEL_KINDS, LabelKind, label_traits


class Label(FrozenModel):
    """The prediction target: a column, or a Spark SQL expression over the source's columns."""

    later_fields: ClassVar[frozenset[str]] = frozenset({"positive", "strip", "fold_case"})

    column: Annotated[
        str | None, Field(min_length=1, description="A column that holds the label.", examples=["late"])
    ] = None
    expression: Annotated[
        str | None,
        Field(min_length=1, description="A Spark SQL expression; null means no label.", examples=["arr_delay > 15"]),
    ] = None
    kind: Annotated[
        LabelKind,
        Field(description=" ".join(f"`{kind}`: {label_traits(kind).description}." for kind in LABEL_KINDS)),
    ] = "binary"
    positive: Annotated[
        str | None,
        Field(
            min_length=1,
            description="The text that is 1 in the column of a binary label; every other text is 0. Null: the column holds 0 and "
            "1, or false and true.",
            examples=["yes"],
        ),
    ] = None
    strip: Annotated[
        bool, Field(description="True: spaces around a class are no part of it: ` Yes` and `Yes` are one class.")
    ] = False
    fold_case: Annotated[
        bool, Field(description="True: a class is read in lower case: `Yes` and `yes` are the class `yes`.")
    ] = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.column is None) == (self.expression is None):
            raise ValueError("exactly one of column and expression must be given")
        return self

    @model_validator(mode="after")
    def _options_of_text(self) -> Self:
        is_binary, is_number = label_traits(self.kind).is_binary, label_traits(self.kind).is_number
        if self.positive is not None and (self.column is None or not is_binary):
            raise ValueError(
                "positive is the text that is 1 in the column of a binary label; an expression compares by itself"
            )
        if self.text_rule is not None and (is_number or (is_binary and self.column is None)):
            what = "a number" if is_number else "a condition, which can compare lower(trim(…))"
            raise ValueError(f"strip and fold_case are of classes that are text, and this label is {what}")
        if (
            self.positive is not None
            and self.text_rule is not None
            and self.text_rule.read(self.positive) != self.positive
        ):
            read = self.text_rule.read(self.positive)
            raise ValueError(f"positive must be as it is read, {read!r}. Received: {self.positive!r}")
        return self

    @property
    def shown(self) -> str:
        """Return the label for a page: its expression, or its column and the text that is 1."""
        column = self.name if self.positive is None else f"{self.name} = {self.positive!r}"
        return self.expression or column

    @property
    def text_rule(self) -> TextRule | None:
        """Return the spellings that are one class; None if each is its own."""
        return TextRule(strip=self.strip, fold_case=self.fold_case) if self.strip or self.fold_case else None

    @property
    def name(self) -> str:
        """Return the label's name in records: its column's name, or `label` for an expression."""
        return self.column or "label"
