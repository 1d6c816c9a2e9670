"""The one table from error type to HTTP status, and errors as the problems of `contracts.messages.problems`.

Imports no web framework, since a job's child process reports its errors as problems, too; `error_handlers` answers
requests with them.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from contracts.errors import (
    Cancelled,
    Conflict,
    CorruptData,
    DeadlineExceeded,
    InvalidData,
    InvalidRequest,
    Misdirected,
    NotAcceptable,
    NotAllowed,
    NotFound,
    Overloaded,
    PreconditionFailed,
    PreconditionRequired,
    PredictionMismatch,
    StorageFull,
    Superseded,
    TandemError,
    Unauthenticated,
    Unavailable,
    UnsupportedContent,
)
from contracts.messages.problems import FieldError, ProblemMessage

__all__ = ["MEDIA_TYPE", "STATUS", "headers_of", "internal_problem", "problem_of"]

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[TandemError], HTTPStatus] = {
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidData: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    Cancelled: HTTPStatus.CONFLICT,
    Superseded: HTTPStatus.CONFLICT,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    UnsupportedContent: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Misdirected: HTTPStatus.MISDIRECTED_REQUEST,
    Overloaded: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    DeadlineExceeded: HTTPStatus.GATEWAY_TIMEOUT,
    CorruptData: HTTPStatus.INTERNAL_SERVER_ERROR,
    TandemError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""A type that is not listed has the status of its nearest base that is."""

_KNOWN_AS: dict[type[TandemError], str] = {CorruptData: "damaged", PredictionMismatch: "skewed"}
"""Words of the problem type where clients know it by other words than the class's name."""

RETRY_AFTER_SECONDS = {HTTPStatus.TOO_MANY_REQUESTS: 5, HTTPStatus.SERVICE_UNAVAILABLE: 5}


def headers_of(problem: ProblemMessage) -> dict[str, str]:
    """Return `Retry-After` where trying again later is the answer, `WWW-Authenticate` where a token is (RFC 6750)."""
    if problem.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="tandem"'}
    seconds = RETRY_AFTER_SECONDS.get(HTTPStatus(problem.status))
    return {} if seconds is None else {"Retry-After": str(seconds)}


def problem_of(error: TandemError) -> ProblemMessage:
    """Return the problem that an error of this project is to a client, with its pointer."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    words = _KNOWN_AS.get(type(error)) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__)
    errors = () if error.pointer is None else (FieldError(pointer=error.pointer, detail=error.message),)
    return ProblemMessage(
        status=status,
        title=words.capitalize(),
        detail=error.message,
        type=f"urn:problem-type:tandem:{words.lower().replace(' ', '-')}",
        errors=errors,
    )


def internal_problem(detail: str) -> ProblemMessage:
    """Return the problem of a fault of this program. The detail names the log; the cause itself stays there."""
    return ProblemMessage(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        title="Internal error",
        detail=detail,
        type="urn:problem-type:tandem:internal-error",
    )
