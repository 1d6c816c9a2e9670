"""The messages of both services as the client sends and reads them.

Requests are those of `contracts.messages`, closed to unknown fields, so that a slip is found before it is sent. Replies are
open to fields of newer services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import to_jsonable_python

from contracts.messages.jobs import State

ServiceName = Literal["preprocessing", "modeling"]


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


class Reply(BaseModel):
    """The base of replies: open to fields of newer services."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Progress(Reply):
    """Progress of a job. `fraction`: 0 to 1 over the whole job, or None while unknown."""

    phase: str
    fraction: float | None = None
    completed_tasks: int | None = None
    total_tasks: int | None = None
    details: dict[str, Any] = {}


class Job(Reply):
    """A job as the service last described it. `service` is filled in by this client."""

    service: ServiceName
    id: str
    kind: str
    state: State
    done: bool
    attempt: int
    create_time: str
    update_time: str
    progress: Progress
    request: dict[str, Any]
    response: dict[str, Any] | None
    error: dict[str, Any] | None
    links: dict[str, str]


class Proposal(Reply):
    """A request for a dataset job, proposed by a sample of the files.

    `missing` points to fields that must still be chosen, `evidence` holds the reasons of the guesses, `flags` what to review.
    """

    request: dict[str, Any]
    missing: list[str]
    label_candidates: list[str]
    evidence: dict[str, Any]
    flags: list[dict[str, Any]]


class Jobs(Reply):
    """A page of jobs, the newest first; `next_page_token` asks for the next, if there is one."""

    jobs: list[dict[str, Any]]
    next_page_token: str | None = None
