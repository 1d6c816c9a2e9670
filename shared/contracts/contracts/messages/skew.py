"""Request and response of the skew endpoint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.base_model import FrozenModel, Name
from contracts.messages.comparisons import FeatureDrift, Thresholds


def _in_utc(moment: datetime) -> datetime:
    """Convert to UTC; a time without a zone is in UTC already."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is out of range") from error


Moment = Annotated[datetime, Field(strict=False), AfterValidator(_in_utc)]


class SkewRequest(FrozenModel):
    """The version, its logged rows, and the thresholds."""

    model_config = {"json_schema_extra": {"examples": [{"thresholds": {"jensen_shannon": 0.05}}]}}

    version: Annotated[int | None, Field(ge=1, lt=1 << 63, description="Default: the default version.")] = None
    label: Annotated[Name | None, Field(description="In place of a version: the one that has this label.")] = None
    since: Annotated[Moment | None, Field(description="Rows served from then on; without a zone, in UTC.")] = None
    until: Annotated[Moment | None, Field(description="Rows served before then.")] = None
    thresholds: Thresholds = Thresholds()

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.version is not None and self.label is not None:
            raise ValueError("version and label cannot both be given")
        return self


class NotCompared(FrozenModel):
    """A feature without figures."""

    feature: str
    reason: str


class Skew(FrozenModel):
    """Skew of served rows (here) against the training split of the version (there)."""

    model: Name
    version: int
    dataset: Annotated[str, Field(description="The dataset that the version was trained on; its split `train`.")]
    first: Annotated[datetime, Field(description="When the first of the rows was served.")]
    last: datetime
    files: Annotated[int, Field(description="Files of the prediction log that hold these rows.")]
    rows: Annotated[
        list[int],
        Field(
            description="Here, and there. Few rows differ by chance alone: with 100 bins, 1,000 rows by some 0.02 bits."
        ),
    ]
    drifted: Annotated[list[str], Field(description="Features that exceed a threshold.")]
    features: list[FeatureDrift]
    not_compared: list[NotCompared]
