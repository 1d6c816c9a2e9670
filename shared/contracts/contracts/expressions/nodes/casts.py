"""Casts. A value without a place in the other type is null: Spark's ANSI mode fails there, its other mode wraps."""

from __future__ import annotations

from typing import Literal

from contracts.expressions.nodes.node import OfOne, ResultType, expect_exact

CASTS: frozenset[tuple[ResultType, ResultType]] = frozenset(
    {
        ("integer", "double"),
        ("integer", "text"),
        ("integer", "boolean"),
        ("double", "integer"),
        ("double", "boolean"),
        ("boolean", "double"),
        ("boolean", "integer"),
        ("boolean", "text"),
        ("text", "double"),
        ("text", "integer"),
        ("text", "boolean"),
    }
)
"""Pairs of types: from, to."""

_REASONS: dict[tuple[ResultType, ResultType], str] = {
    ("double", "text"): "the text of a double differs between systems; round or cast it to a whole number first",
    ("text", "instant"): "give the column the type of an instant, so that its text is parsed where it is read",
    ("integer", "instant"): "use timestamp_seconds, timestamp_millis or timestamp_micros",
    ("instant", "integer"): "use unix_seconds, unix_millis or unix_micros",
    ("instant", "double"): "use unix_seconds, unix_millis or unix_micros",
    ("instant", "text"): "its text depends on a format; use year, month, hour and the like",
}


class Cast(OfOne):
    """A value as another type. Text may have spaces around it; as a whole number it loses its fraction, towards zero.

    `bits`: the width of a whole number; outside of it, the result is null.
    """

    op: Literal["cast"] = "cast"
    to: ResultType
    bits: Literal[32, 64] = 64

    @property
    def result_type(self) -> ResultType:
        """Return the type that is cast to."""
        return self.to

    def check(self) -> None:
        """Raise `ValueError` for a pair of types without a cast, and where the last place of a number would matter."""
        pair = (self.operand.result_type, self.to)
        if pair not in CASTS and pair != ("integer", "integer"):
            reason = _REASONS.get(pair)
            raise ValueError(f"{pair[0]} cannot be cast to {pair[1]}{f': {reason}' if reason else ''}")
        if pair[0] == "double":
            expect_exact(f"a cast to {self.to}", self.operand)
