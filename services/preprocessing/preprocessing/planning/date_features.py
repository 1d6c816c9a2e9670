"""A `datetime` of a request to its parts, and the features that are made of these; and the columns that are dates."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.errors import InvalidRequest, pointer
from contracts.features import CYCLES, Categorical, DatePart, DateTime, Feature, Numeric, TimeFormat
from contracts.messages.datasets import DatasetRequest
from preprocessing.expressions.zone_transitions import zone_rules
from preprocessing.planning.column_names import unknown_column
from preprocessing.sql_names import quoted

_FUNCTIONS: dict[DatePart, str] = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "weekofyear",
    "day": "day",
    "day_of_year": "dayofyear",
    "weekday": "weekday",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY = 86_400_000_000
"""Microseconds."""


@dataclass(frozen=True)
class DateColumns:
    """The columns that a request names as dates: `written`, those that have a format or a zone of their own, with these.

    `zones`: by derived column, the zone that its parts are meant in, where it is not the request's.
    """

    written: Mapping[str, TimeFormat] = field(default_factory=dict[str, TimeFormat])
    zones: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, request: DatasetRequest) -> DateColumns:
        """Return the dates of a request. Raises `InvalidRequest` for a zone that the tz database does not have."""
        written: dict[str, TimeFormat] = {}
        zones: dict[str, str] = {}
        for name, feature in request.features.items():
            if not isinstance(feature, DateTime) or not feature.is_declared:
                continue
            try:
                zone = None if feature.zone is None else zone_rules(feature.zone)
            except ValueError as error:
                raise InvalidRequest(str(error), pointer=pointer("features", name, "zone")) from error
            written[name] = TimeFormat(format=feature.format, zone=zone)
            if feature.zone is not None:
                zones |= dict.fromkeys(date_features(name, feature), feature.zone)
        return cls(written, zones)

    def check_read(self, columns: Collection[str]) -> None:
        """Raise `InvalidRequest` for a column whose format or zone has no effect. `columns`: those that features read."""
        for name in self.written:
            if name not in columns:
                raise InvalidRequest(
                    f"{name!r} has neither parts nor since, and no derived feature reads it; name parts, or leave it out",
                    pointer=pointer("features", name),
                )


def check_since(name: str, feature: DateTime, columns: Sequence[str]) -> None:
    """Raise `NotFound` for a column that days count from, and that the source does not have."""
    since = feature.since
    if since is not None and not _DATE.fullmatch(since) and since not in columns:
        raise unknown_column(since, columns, pointer("features", name, "since"))


def date_features(column: str, feature: DateTime) -> dict[str, tuple[str, Feature]]:
    """Return the SQL and the feature of each part, by name."""
    made: dict[str, tuple[str, Feature]] = {}
    instant = quoted(column)
    for part in feature.parts:
        sql = f"{_FUNCTIONS[part]}({instant})"
        if part == "year":
            made[f"{column}:{part}"] = sql, Numeric(kind="numeric")
        elif feature.cyclic:
            turn = 2 * math.pi / CYCLES[part]
            for wave in ("sin", "cos"):
                made[f"{column}:{part}:{wave}"] = f"{wave}({sql} * {turn!r}D)", Numeric(kind="numeric", scale="none")
        else:
            made[f"{column}:{part}"] = sql, Categorical(kind="categorical")
    if feature.since is not None:
        since = f"DATE'{feature.since}'" if _DATE.fullmatch(feature.since) else quoted(feature.since)
        elapsed = f"(unix_micros({instant}) - unix_micros({since})) / {_DAY}"
        made[f"{column}:days_since"] = elapsed, Numeric(kind="numeric")
    return made
