"""What can go wrong between a client and the services, as types.

ClientError
├── InvalidInput            what was given here cannot be sent
├── Unreachable             nothing answers at that address
├── NotStarted              a service started here did not become ready
├── Problem                 the service said no: status, title, detail, and pointers to fields (RFC 9457)
│   ├── NotFound                404
│   ├── Conflict                409
│   ├── PreconditionFailed      412
│   ├── Rejected                any other 4xx
│   └── ServiceFault            5xx
├── JobFailed               the job ended with an error; `problem` holds it
└── JobCancelled            the job was stopped on request
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import httpx


class ClientError(Exception):
    """Something went wrong."""

    @property
    def lines(self) -> list[str]:
        """What a person should read, a line each; the first says what happened."""
        return [str(self)]


class InvalidInput(ClientError):
    """What was given here cannot be sent."""


class Unreachable(ClientError):
    """Nothing answers at that address."""


class NotStarted(ClientError):
    """A service that was started here did not become ready."""


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of the request; `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    detail: str


class Problem(ClientError):
    """The service said no."""

    def __init__(self, status: int, title: str, detail: str, errors: tuple[FieldError, ...] = ()) -> None:
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        super().__init__(f"{title}: {detail}" if detail else title)

    @property
    def lines(self) -> list[str]:
        """Title and detail, then each field; a single field whose words are the detail adds its pointer alone."""
        return [
            str(self),
            *(f"  {e.pointer}: {e.detail}" if e.detail != self.detail else f"  at {e.pointer}" for e in self.errors),
        ]


class NotFound(Problem):
    """404: there is nothing by that name."""


class Conflict(Problem):
    """409: the request does not fit the present state, as when a name is taken."""


class PreconditionFailed(Problem):
    """412: somebody else changed it at the same time."""


class Rejected(Problem):
    """Any other 4xx: the request cannot be carried out as it stands."""


class ServiceFault(Problem):
    """5xx: the service failed, or cannot answer now."""


class JobFailed(ClientError):
    """The job ended with an error."""

    def __init__(self, job: str, problem: Problem) -> None:
        self.job = job
        self.problem = problem
        super().__init__(f"job {job} failed: {problem}")

    @property
    def lines(self) -> list[str]:
        """The problem's lines, after the job's name."""
        return [str(self), *self.problem.lines[1:], f"  its log: tandem jobs log {self.job}"]


class JobCancelled(ClientError):
    """The job was stopped on request."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(f"job {job} was cancelled")


def problem_of(body: object, status: int) -> Problem:
    """The problem in a decoded reply. Predict's `{"error": …}` and replies that are none of ours are understood too."""
    said = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    status = said.get("status", status)
    title = said.get("title") or httpx.codes.get_reason_phrase(status) or f"HTTP {status}"
    detail = said.get("detail") or said.get("error") or (body if isinstance(body, str) else "")
    errors = tuple(FieldError(error.get("pointer", ""), error.get("detail", "")) for error in said.get("errors", ()))
    return _kind_of(status)(status, title, str(detail), errors)


def _kind_of(status: int) -> type[Problem]:
    if status == HTTPStatus.NOT_FOUND:
        return NotFound
    if status == HTTPStatus.CONFLICT:
        return Conflict
    if status == HTTPStatus.PRECONDITION_FAILED:
        return PreconditionFailed
    return Rejected if status < HTTPStatus.INTERNAL_SERVER_ERROR else ServiceFault


def checked(response: httpx.Response) -> httpx.Response:
    """The response, if it is a success; its body must have been read. Raises `Problem`."""
    if response.is_success:
        return response
    try:
        body: object = response.json()
    except ValueError:
        body = response.text[:500]
    raise problem_of(body, response.status_code)
