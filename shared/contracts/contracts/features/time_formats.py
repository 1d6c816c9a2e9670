"""The way in which a column of dates and times is written: the same in files, in every protocol and in batch predictions."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from contracts.base_model import FrozenModel
from contracts.expressions.zone_rules import ZoneRules
from contracts.features.time_patterns import parts_of

UnixUnit = Literal["unix_s", "unix_ms", "unix_us", "unix_ns"]
UNIX_UNITS: tuple[UnixUnit, ...] = get_args(UnixUnit)
AUTO = "auto"


def _checked(text: str) -> str:
    if text != AUTO and text not in UNIX_UNITS:
        parts_of(text)
    return text


FormatText = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_checked)]
"""`auto`, a unit of Unix time, or a pattern of `contracts.features.time_patterns`."""


class TimeFormat(FrozenModel):
    """A format of dates and times.

    `zone`: the clocks that show times without an offset; None for UTC. A time that they showed twice is the first of the two, and
    one that they skipped is later by the gap, as with `fold=0` of Python.
    """

    format: FormatText = AUTO
    zone: ZoneRules | None = None

    @property
    def unix_unit(self) -> UnixUnit | None:
        """Return the unit of a format of numbers; None for text."""
        return next((unit for unit in UNIX_UNITS if unit == self.format), None)

    @property
    def pattern(self) -> str | None:
        """Return the pattern of text; None for ISO 8601 and numbers."""
        return None if self.format == AUTO or self.unix_unit is not None else self.format

    @property
    def expected(self) -> str:
        """Return the values that the format reads, for messages: `a date or a time as …`."""
        match self.unix_unit:
            case None:
                written = "ISO 8601 writes it" if self.pattern is None else f"{self.format!r} has it"
                return f"a date or a time as {written}"
            case "unix_s":
                return "a number of seconds since 1970"
            case unit:
                names = {"unix_ms": "milliseconds", "unix_us": "microseconds", "unix_ns": "nanoseconds"}
                return f"a whole number of {names[unit]} since 1970"
