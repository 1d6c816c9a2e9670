"""An error as both services report it (RFC 9457): the reply to a request, and the `error` of a job."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from contracts.base_model import without_default


def _encodable(text: object) -> object:
    """Replace halves of surrogate pairs, which a request's JSON may hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else text


_Absent = SkipJsonSchema[None]
_Text = Annotated[str, BeforeValidator(_encodable)]


class FieldError(BaseModel):
    """An invalid field of the body, or an invalid parameter outside the body."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    pointer: Annotated[
        _Text | _Absent, Field(description="JSON pointer into the body (RFC 6901).", json_schema_extra=without_default)
    ] = None
    parameter: Annotated[
        _Text | _Absent, Field(description="A parameter outside the body.", json_schema_extra=without_default)
    ] = None
    place: Annotated[
        Literal["path", "query", "header", "cookie"] | _Absent, Field(alias="in", json_schema_extra=without_default)
    ] = None
    detail: _Text

    @property
    def where(self) -> str:
        """The pointer or the parameter; empty for the body as a whole."""
        return self.pointer or self.parameter or ""


class ProblemMessage(BaseModel):
    """An error in the format of RFC 9457."""

    model_config = ConfigDict(frozen=True, title="Problem")

    type: Annotated[
        str, Field(description="Identifies the kind of problem.", json_schema_extra={"format": "uri-reference"})
    ]
    title: Annotated[_Text, Field(description="The kind of problem, for humans.")]
    status: Annotated[int, Field(description="The HTTP status.")]
    detail: Annotated[_Text, Field(description="This occurrence of the problem, for humans.")]
    instance: Annotated[
        _Text | _Absent,
        Field(description="The request or the job in which it occurred.", json_schema_extra=without_default),
    ] = None
    errors: Annotated[
        tuple[FieldError, ...],
        Field(description="One entry per invalid field.", json_schema_extra=without_default),
    ] = ()

    @classmethod
    def of_status(cls, status: int, detail: str) -> Self:
        """Return a problem of which nothing is known but its HTTP status and its words."""
        known = status in {code.value for code in HTTPStatus}
        return cls(
            type="about:blank",
            title=HTTPStatus(status).phrase if known else f"HTTP {status}",
            status=status,
            detail=detail,
        )

    def with_status(self, status: int) -> Self:
        """Return a copy with another status, for protocols that fix their own."""
        return self.model_copy(update={"status": int(status)})

    def at(self, instance: str) -> Self:
        """Return a copy that names the request or job in which it occurred."""
        return self.model_copy(update={"instance": instance})

    def to_json(self) -> dict[str, Any]:
        """Return the members of RFC 9457, without those that are absent."""
        absent = set[str]() if self.errors else {"errors"}
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=absent)
