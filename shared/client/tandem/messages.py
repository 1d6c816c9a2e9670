"""The messages of both services as the client sends and reads them.

Both are those of `contracts.messages`. Requests are closed to unknown fields, so that a slip is found before it is sent;
replies are read by `read`, which is open to newer services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Self, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_jsonable_python

from contracts.base_model import FROM_NEWER
from contracts.errors import pointer
from contracts.messages.jobs import JobMessage
from contracts.validation.invalid_fields import invalid_fields
from tandem.errors import UnexpectedReply
from tandem.notebooks import html_table, job_html
from tandem.values.durations import shown_duration

ServiceName = Literal["preprocessing", "modeling"]
Message = TypeVar("Message", bound=BaseModel)


def sent(request: BaseModel) -> dict[str, Any]:
    """Return the request as JSON, without the fields that were not given: the service's defaults hold for them.

    Null is kept where it was given, since it is a value: `quote: null` is no quoting. So are fields with a single possible
    value, such as `kind`, by which the service tells messages apart.
    """
    return {
        name: _json(getattr(request, name))
        for name, field in type(request).model_fields.items()
        if name in request.model_fields_set or _is_constant(field.annotation)
    }


def as_body(request: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a request: a message as `sent` writes it, a mapping as it is, so that the service judges it."""
    return sent(request) if isinstance(request, BaseModel) else dict(request)


def _json(value: object) -> Any:
    match value:
        case BaseModel():
            return sent(value)
        case Mapping():
            return {str(key): _json(item) for key, item in cast("Mapping[object, object]", value).items()}
        case list() | tuple():
            return [_json(item) for item in cast("Sequence[object]", value)]
        case _:  # text, numbers, dates: whatever else pydantic writes as JSON
            return to_jsonable_python(value)


def _is_constant(annotation: object) -> bool:
    return get_origin(annotation) is Literal and len(get_args(annotation)) == 1


def read(message: type[Message], reply: object) -> Message:
    """Return a reply as the contract's message; fields and kinds that a newer service added are no error.

    Raises `UnexpectedReply` where the message's own fields are absent or of other types.
    """
    try:
        return message.model_validate(reply, extra="ignore", context=FROM_NEWER)
    except ValidationError as error:
        field = invalid_fields(error.errors(), message, reply)[0]
        place = pointer(*field.path) or "the reply"
        raise UnexpectedReply(
            f"the reply has a form that this client does not know; are the versions far apart? {place}: {field.detail}"
        ) from error


class Job(JobMessage):
    """A job as the service last described it, and the service that runs it."""

    model_config = ConfigDict(frozen=True)

    service: ServiceName

    @classmethod
    def of(cls, service: ServiceName, reply: Mapping[str, Any] | JobMessage) -> Self:
        """Return the job that a service's reply describes."""
        described = read(JobMessage, reply)
        return cls(service=service, **{name: getattr(described, name) for name in JobMessage.model_fields})

    @property
    def subject(self) -> str:
        """The name of what the job makes: a dataset, a model, or predictions."""
        return str(self.request.get("name") or self.request.get("model") or "")

    @property
    def seconds(self) -> float:
        """Seconds since the job was submitted, until it was done."""
        end = datetime.fromisoformat(self.update_time) if self.done else datetime.now(UTC)
        return max(0.0, (end - datetime.fromisoformat(self.create_time)).total_seconds())

    def _repr_html_(self) -> str:
        return job_html(self, self.subject, self.seconds)


class Jobs(list[Job]):
    """Jobs, the newest first."""

    def _repr_html_(self) -> str:
        columns = ["service", "job", "kind", "for", "state", "progress", "took"]
        return html_table(
            columns,
            (
                [job.service, job.id, job.kind, job.subject, job.state, job.progress.phase, shown_duration(job.seconds)]
                for job in self
            ),
        )
