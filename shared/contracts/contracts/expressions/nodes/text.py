"""Functions of text. Those of characters are null for bytes that are not UTF-8; those of bytes take any.

A character is a code point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from contracts.expressions.nodes.node import Node, OfOne, ResultType, expect

if TYPE_CHECKING:
    from contracts.expressions.nodes.any_node import AnyNode

_INT32 = 2**31


class TextFunction(OfOne):
    """Text in another case, each character by itself; without spaces (U+0020) at both ends, the left or the right; normalized.

    `nfkd`: Unicode's compatibility decomposition, normalization form KD: ﬁ is fi, é is e and a combining accent.
    """

    op: Literal["lower", "upper", "trim", "ltrim", "rtrim", "nfkd"]

    @property
    def result_type(self) -> ResultType:
        """Return text."""
        return "text"

    def check(self) -> None:
        """Raise `ValueError` for other than text."""
        expect(self.op, self.operand, "text")


class Length(OfOne):
    """The number of characters."""

    op: Literal["length"] = "length"

    @property
    def result_type(self) -> ResultType:
        """Return integer."""
        return "integer"

    def check(self) -> None:
        """Raise `ValueError` for other than text."""
        expect(self.op, self.operand, "text")


class Substring(OfOne):
    """A number of characters from a position: 1 is the first, 0 too, -1 the last. Positions outside of the text are left out."""

    op: Literal["substring"] = "substring"
    start: Annotated[int, Field(gt=-_INT32, lt=_INT32)]
    length: Annotated[int, Field(gt=-_INT32, lt=_INT32)] = _INT32 - 1

    @property
    def result_type(self) -> ResultType:
        """Return text."""
        return "text"

    def check(self) -> None:
        """Raise `ValueError` for other than text."""
        expect(self.op, self.operand, "text")


class Concatenate(Node):
    """Texts, one after the other; null if any is."""

    op: Literal["concat"] = "concat"
    parts: Annotated[list[AnyNode], Field(min_length=1)]

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return the parts."""
        return tuple(self.parts)

    @property
    def result_type(self) -> ResultType:
        """Return text."""
        return "text"

    def check(self) -> None:
        """Raise `ValueError` for other than text."""
        for part in self.parts:
            expect("concat", part, "text")
