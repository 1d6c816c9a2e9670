"""The base of every stored model: frozen, strict about unknown fields, camelCase only in HTTP's job resource."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"

Name = Annotated[
    str,
    StringConstraints(pattern=NAME_PATTERN),
    Field(description="Letters, digits, `_`, `.` and `-`; begins with a letter or digit; at most 100 characters."),
]

Timeout = Annotated[
    float | None,
    Field(
        gt=0,
        description="Seconds that the job may run, over all its attempts; waiting does not count. After that the job is "
        "stopped and fails, and nothing is published; one that has begun to publish may finish. Default: no limit.",
    ),
]
"""A field of a job request, None by default."""


FROM_NEWER = "from a newer service"
"""The context of validation in which a client reads replies."""


def _known_or_newer(value: object, validate: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    return value if info.context == FROM_NEWER and isinstance(value, str) else validate(value)


Growing = WrapValidator(_known_or_newer)
"""Marks a list of texts in a reply that grows with the service: a client takes those that it does not know, too."""


def without_default(schema: dict[str, Any]) -> None:
    """Remove the default from a field's JSON schema, where a value of the type does not describe an absent field."""
    schema.pop("default", None)


class FrozenModel(BaseModel):
    """An immutable value: equal by content, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)
