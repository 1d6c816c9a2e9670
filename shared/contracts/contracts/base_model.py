"""The base of every model at rest: frozen, closed to unknown fields, camelCase nowhere but in HTTP's job resource."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"),
    Field(description="Letters, digits, `_`, `.` and `-`; begins with a letter or digit; at most 100 characters."),
]

Timeout = Annotated[
    float | None,
    Field(
        gt=0,
        description="Seconds that the job may run, all its attempts together; waiting does not count. Past it the job is "
        "stopped and has failed, and nothing is published; one that has begun to publish may finish. Default: no limit.",
    ),
]
"""A field of a request for a job, None by default."""


class Frozen(BaseModel):
    """A value: equal by content, never changed, and strict about fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)
