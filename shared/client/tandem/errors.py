"""The client's exceptions.

ClientError
├── InvalidInput            the arguments cannot be turned into a request
├── Unreachable             no service answers at the address
├── NotStarted              a service started by this process did not become ready
├── Problem                 an error reply: status, title, detail, and pointers to fields (RFC 9457)
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
    """Base class of the client's errors."""

    @property
    def lines(self) -> list[str]:
        """Return the message for the terminal, one line each, the summary first."""
        return [str(self)]


class InvalidInput(ClientError):
    """The arguments cannot be turned into a request."""


class Unreachable(ClientError):
    """No service answers at the address."""


class NotStarted(ClientError):
    """A service started by this process did not become ready."""


@dataclass(frozen=True)
class FieldError:
    """An error in one field of the request; `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    detail: str


class Problem(ClientError):
    """The service replied with an error."""

    def __init__(self, status: int, title: str, detail: str, errors: tuple[FieldError, ...] = ()) -> None:
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        super().__init__(f"{title}: {detail}" if detail else title)

    @property
    def lines(self) -> list[str]:
        """Return title and detail, then each field's error; one that repeats the detail adds only its pointer."""
        return [
            str(self),
            *(f"  {e.pointer}: {e.detail}" if e.detail != self.detail else f"  at {e.pointer}" for e in self.errors),
        ]


class NotFound(Problem):
    """404: no resource has that name."""


class Conflict(Problem):
    """409: the request conflicts with the current state, for example because a name is taken."""


class PreconditionFailed(Problem):
    """412: the resource was changed concurrently."""


class Rejected(Problem):
    """Any other 4xx: the request is invalid or cannot be processed."""


class ServiceFault(Problem):
    """5xx: the service failed or is unavailable."""


class JobFailed(ClientError):
    """The job ended with an error."""

    def __init__(self, job: str, problem: Problem) -> None:
        self.job = job
        self.problem = problem
        super().__init__(f"job {job} failed: {problem}")

    @property
    def lines(self) -> list[str]:
        """Return the problem's lines, after the job's id, and the command that prints its log."""
        return [str(self), *self.problem.lines[1:], f"  its log: tandem jobs log {self.job}"]


class JobCancelled(ClientError):
    """The job was stopped on request."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(f"job {job} was cancelled")


def problem_of(body: object, status: int) -> Problem:
    """Return the problem in a decoded error reply, the subclass by its status.

    Reads RFC 9457 problems, TensorFlow Serving's `{"error": …}`, and the replies of proxies (text, or no body).
    """
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    status = fields.get("status", status)
    title = fields.get("title") or httpx.codes.get_reason_phrase(status) or f"HTTP {status}"
    detail = fields.get("detail") or fields.get("error") or (body if isinstance(body, str) else "")
    errors = tuple(FieldError(error.get("pointer", ""), error.get("detail", "")) for error in fields.get("errors", ()))
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
    """Return the response if it is a success; its body must have been read. Raises `Problem` otherwise."""
    if response.is_success:
        return response
    try:
        body: object = response.json()
    except ValueError:
        body = response.text[:500]
    raise problem_of(body, response.status_code)
