"""The client's exceptions.

ClientError
├── InvalidInput            the arguments cannot be turned into a request
├── Unreachable             no service answers at the address
│   └── TimedOut                the reply took longer than a timeout allows
├── UnexpectedReply         the service answered in a form that this client does not know
├── NotStarted              a service started by this process did not become ready
├── Problem                 an error reply: status, title, detail, and pointers to fields (RFC 9457)
│   ├── NotFound                404
│   ├── Conflict                409
│   ├── PreconditionFailed      412
│   ├── Rejected                any other 4xx
│   └── ServiceFault            5xx
├── StillRunning            following a job was interrupted; the job runs on
├── JobFailed               the job ended with an error; `problem` holds it
└── JobCancelled            the job was stopped on request
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

import httpx
from pydantic import ValidationError

from contracts.messages.problems import FieldError, ProblemMessage

_REMEDIES = (
    (r"there is no model named", "the models there are: tandem models"),
    (r"^model .* has no (version|label|default version)", "its versions and labels: tandem models MODEL"),
    (r"there is no dataset named", "the datasets there are: tandem dataset list"),
    (r"there are no predictions named", "the predictions there are: tandem batch list"),
    (r"needs a valid token", "keep one for all commands: tandem login, or set TANDEM_TOKEN"),
    (r"there is a dataset named", "choose another --name, or delete it: tandem dataset delete NAME"),
    (r"there are predictions named", "choose another --name, or delete them: tandem batch delete NAME"),
    (r"there is a source named", "upload it under another name by --to, or replace it by --replace"),
    (r"no file that could be read", "upload it, if the service allows that: tandem upload FILE"),
)
"""Commands that help where a detail matches: a service does not know what its client is."""


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

    @property
    def lines(self) -> list[str]:
        """Return the message, then what can be done."""
        return [
            str(self),
            "  start both services here: tandem up; for others set TANDEM_PREPROCESSING_URL and TANDEM_MODELING_URL",
        ]


class TimedOut(Unreachable):
    """The service took longer to reply than a timeout allows."""

    @property
    def lines(self) -> list[str]:
        """Return the message alone: the service is there."""
        return [str(self)]


class UnexpectedReply(ClientError):
    """The service answered in a form that this client does not know."""


class NotStarted(ClientError):
    """A service started by this process did not become ready."""


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
        """Return title and detail, then each field's error and the remedy; one that repeats the detail adds only its pointer."""
        return [
            str(self),
            *(f"  {e.where}: {e.detail}" if e.detail != self.detail else f"  at {e.where}" for e in self.errors),
            *(f"  {remedy}" for pattern, remedy in _REMEDIES if re.search(pattern, self.detail)),
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


class StillRunning(ClientError):
    """Following a job was interrupted; the job runs on."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(f"job {job} runs on")

    @property
    def lines(self) -> list[str]:
        """Return the message, then the commands that follow the job and stop it."""
        return [
            str(self),
            f"  follow it: tandem jobs follow {self.job}",
            f"  stop it:   tandem jobs cancel {self.job}",
        ]


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

    Reads RFC 9457 problems, TensorFlow Serving's `{"error": …}`, and the replies of proxies (text, or no body). As the RFC
    has it, every member may be absent, and one of another type is ignored.
    """
    message = _message(body, ProblemMessage.of_status(status, _detail_in(body)))
    return _kind_of(message.status)(message.status, message.title, message.detail, message.errors)


def _message(body: object, default: ProblemMessage) -> ProblemMessage:
    if not isinstance(body, Mapping):
        return default
    members = {**default.to_json(), **cast("Mapping[str, object]", body)}
    try:
        return ProblemMessage.model_validate(members, extra="ignore")
    except ValidationError as error:
        ignored = {place["loc"][0] for place in error.errors()}
        valid = {name: value for name, value in members.items() if name not in ignored}
        return ProblemMessage.model_validate({**default.to_json(), **valid}, extra="ignore")


def _detail_in(body: object) -> str:
    """Return what a reply that is no problem tells: its text, or the value of `error` or `detail`."""
    if not isinstance(body, Mapping):
        return body if isinstance(body, str) else ""
    fields = cast("Mapping[str, object]", body)
    return str(fields.get("error") or fields.get("detail") or "")


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
