"""The ways in which a dataset request divides rows: by shares of a hash, a column's values, a time, or files."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    model_validator,
)

from contracts.base_model import FrozenModel
from contracts.schema import SplitName

SplitValue = Annotated[
    StrictBool | StrictInt | StrictFloat | StrictStr | None, Field(description="Null: rows without a value.")
]


def _check_shares(shares: dict[SplitName, float]) -> dict[SplitName, float]:
    if any(share < 0 for share in shares.values()) or not math.isclose(sum(shares.values()), 1.0, abs_tol=1e-9):
        raise ValueError(f"shares must be at least 0 and add up to 1. Received: {shares}")
    if not shares.get("train"):
        raise ValueError(f"train must have a share, since models learn from it. Received: {shares}")
    return shares


Shares = Annotated[dict[SplitName, float], AfterValidator(_check_shares)]


_Listed = TypeVar("_Listed")


def _check_train(lists: dict[SplitName, list[_Listed]]) -> dict[SplitName, list[_Listed]]:
    if not lists.get("train"):
        raise ValueError("train must list one at least, since models learn from it")
    return lists


class ColumnSplits(FrozenModel):
    """Each row goes to the split that lists its value of a column; a row of another value is left out, and counted."""

    column: Annotated[str, Field(min_length=1, description="A column of the source.", examples=["fold"])]
    values: Annotated[
        dict[SplitName, list[SplitValue]],
        AfterValidator(_check_train),
        Field(
            description="The values of each split. A number is that number however the source writes it, and true and false are "
            "1 and 0.",
            examples=[{"train": [0, 1, 2], "validation": [3], "test": [4]}],
        ),
    ]

    @property
    def texts(self) -> dict[SplitName, list[str | None]]:
        """Return the values as text: `true` and `false`, numbers in decimal notation."""
        return {split: [_text(value) for value in values] for split, values in self.values.items()}


def _text(value: SplitValue) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case _:
            return repr(value)


def instant_of(text: str) -> datetime:
    """Return an instant of ISO 8601 text, in UTC where it has no offset. Raises `ValueError` for other text."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"must be a date or a time as ISO 8601 writes it: 2013-10-01, 2013-10-01T06:00:00Z. Received: {text!r}"
        ) from error
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _check_bound(bound: float | str) -> float | str:
    if isinstance(bound, str):
        instant_of(bound)
    elif not math.isfinite(bound):
        raise ValueError(f"must be finite. Received: {bound}")
    return bound


TimeBound = Annotated[
    StrictInt | StrictFloat | StrictStr,
    AfterValidator(_check_bound),
    Field(
        description="A date or a time as ISO 8601 writes it, in UTC without an offset; a number where the column holds numbers.",
        examples=["2013-10-01", "2013-10-01T06:00:00-04:00", 2013],
    ),
]


class SplitTimes(FrozenModel):
    """When validation and test begin. Rows before both train."""

    column: Annotated[
        str,
        Field(
            min_length=1,
            description="A column of the source: times and dates, text as ISO 8601 writes it, or numbers where the bounds are "
            "numbers. Times without an offset are in UTC.",
            examples=["time_hour"],
        ),
    ]
    validation_from: Annotated[TimeBound | None, Field(description="Null: no row validates.")] = None
    test_from: Annotated[TimeBound | None, Field(description="Null: no row tests.")] = None
    shares: Annotated[
        Shares | None,
        Field(
            description="Shares of the rows in the order of their times, in place of the two beginnings; rows of one hour stay "
            "together. The manifest has the hours that follow from them.",
            examples=[{"train": 0.8, "validation": 0.1, "test": 0.1}],
        ),
    ] = None
    missing: Annotated[
        Literal["leave_out", "train"],
        Field(description="Rows without a time: left out and counted, or rows that train."),
    ] = "leave_out"

    @property
    def bounds(self) -> dict[SplitName, int | float | str]:
        """Return the beginnings that are given, by split."""
        given: dict[SplitName, int | float | str | None] = {"validation": self.validation_from, "test": self.test_from}
        return {split: bound for split, bound in given.items() if bound is not None}

    @property
    def is_numeric(self) -> bool:
        """Return true if the bounds are numbers."""
        return self.shares is None and not any(isinstance(bound, str) for bound in self.bounds.values())

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        bounds = list(self.bounds.values())
        if (self.shares is None) == (not bounds):
            raise ValueError("either shares or validation_from or test_from must be given")
        if self.shares is not None and self.shares.get("train") == 1:
            raise ValueError("validation or test must have a share: every row would train")
        if len({isinstance(bound, str) for bound in bounds}) > 1:
            raise ValueError(f"bounds must both be times or both be numbers. Received: {bounds}")
        keys = [instant_of(bound).timestamp() if isinstance(bound, str) else bound for bound in bounds]
        if keys != sorted(set(keys)):
            raise ValueError(f"validation must begin before test. Received: {bounds}")
        return self


class TimeSplits(FrozenModel):
    """A row goes to the split of its time: models learn from the past, and are tested with what came later."""

    time: SplitTimes


class FileSplits(FrozenModel):
    """A row goes to the split of its file; the rows of other files are left out, and counted."""

    files: Annotated[
        dict[SplitName, list[str]],
        AfterValidator(_check_train),
        Field(
            description="Files, folders and globs of each split, as in the source's `uris`, of files that the source has.",
            examples=[{"train": ["2011.csv", "2012.csv"], "test": ["2013.csv"]}],
        ),
    ]


_KEYS = {"column": "ColumnSplits", "time": "TimeSplits", "files": "FileSplits"}


def _sort(given: Any) -> str:
    if not isinstance(given, dict):
        return type(given).__name__ if isinstance(given, FrozenModel) else "Shares"
    return next((kind for key, kind in _KEYS.items() if key in given), "Shares")


SplitsSpec = Annotated[
    Annotated[Shares, Tag("Shares")]
    | Annotated[ColumnSplits, Tag("ColumnSplits")]
    | Annotated[TimeSplits, Tag("TimeSplits")]
    | Annotated[FileSplits, Tag("FileSplits")],
    Discriminator(_sort),
]


def asked_shares(splits: SplitsSpec) -> dict[SplitName, float | None]:
    """Return the splits that should have rows, with the share of each; None where no share is asked for."""
    match splits:
        case ColumnSplits(values=lists) | FileSplits(files=lists):
            return dict.fromkeys(split for split, listed in lists.items() if listed)
        case TimeSplits(time=SplitTimes(shares=None) as times):
            return dict.fromkeys(["train", *times.bounds])
        case TimeSplits(time=times):
            shares = times.shares or {}
        case _:
            shares = splits
    return {split: share for split, share in shares.items() if share > 0}
