"""Dates and times: a short form of a request, which becomes features that are computed from the column."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from contracts.base_model import FrozenModel
from contracts.features.time_formats import AUTO, FormatText

DatePart = Literal[
    "year", "quarter", "month", "week", "day", "day_of_year", "weekday", "hour", "minute", "second"
]  # fmt: skip

CYCLES: dict[DatePart, int] = {
    "quarter": 4,
    "month": 12,
    "week": 53,
    "day": 31,
    "day_of_year": 366,
    "weekday": 7,
    "hour": 24,
    "minute": 60,
    "second": 60,
}
"""Number of values of each part until it begins again."""


class DateTime(FrozenModel):
    """A date or a time, of which the model learns parts. The column is sent as it is, and the graph computes them.

    Text and numbers are read by `format`; dates and timestamps of files that carry types are times already.
    """

    kind: Literal["datetime"]
    format: Annotated[
        FormatText,
        Field(
            description="How the column is written, in files and at predict. `auto`: ISO 8601. A pattern of strptime's "
            "directives: "
            "%Y %y %m %b %B %d %j %a %A %H %I %p %M %S %f %z. `unix_s`, `unix_ms`, `unix_us`, `unix_ns`: numbers since 1970.",
            examples=["auto", "%m/%d/%Y %H:%M", "unix_s"],
        ),
    ] = AUTO
    zone: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="Zone of the clocks by which the column is written and its parts are meant, a name of the tz database. "
            "Null: times without an offset are in UTC, and parts in the request's `time_zone`.",
            examples=["America/New_York"],
        ),
    ] = None
    parts: Annotated[
        list[DatePart],
        Field(
            description="Parts of the date and the time of day, in `zone`, or else the request's `time_zone`. Each is "
            "a category, `column:part`, and a year a number. `weekday` is 0 for Monday, `week` that of ISO 8601."
        ),
    ] = ["month", "weekday", "hour"]
    cyclic: Annotated[
        bool,
        Field(
            description="True: each part but the year is two numbers, the sine and cosine of its place in the cycle, "
            "`column:part:sin` and `column:part:cos`, so that 23 and 0 hours are near."
        ),
    ] = False
    since: Annotated[
        str | None,
        Field(
            min_length=1,
            description="Another column of dates or times, or a date: the days from there on are the number `column:days_since`.",
            examples=["signup_date", "2020-01-01"],
        ),
    ] = None

    @model_validator(mode="after")
    def _makes_something(self) -> DateTime:
        if not self.parts and self.since is None and not self.is_declared:
            raise ValueError(
                "a datetime needs parts, since, or both; or a format or zone that others read it by. Received: neither"
            )
        if len(set(self.parts)) < len(self.parts):
            raise ValueError(f"parts must be distinct. Received: {', '.join(self.parts)}")
        return self

    @property
    def is_declared(self) -> bool:
        """Return true if the column has a format or a zone of its own, by which other features may read it, too."""
        return self.format != AUTO or self.zone is not None
