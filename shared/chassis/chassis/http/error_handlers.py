"""Answers a failed request with a problem, in the error format of its route.

Routes of a class made by `routes_answering_errors_with` have a format of their own, as may all paths with a prefix; all others
use problem+json.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, RouteContext
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from chassis.http.request_context import context_of
from chassis.problems import MEDIA_TYPE, headers_of, internal_problem, problem_of
from chassis.storage_faults import storage_fault
from chassis.strict_json import reply_bytes
from contracts.errors import TandemError, pointer
from contracts.messages.problems import FieldError, ProblemMessage
from contracts.validation.invalid_fields import invalid_fields

__all__ = [
    "Render",
    "answer",
    "answer_of_route",
    "install",
    "own_format",
    "response_to",
    "routes_answering_errors_with",
    "unexpected_error",
]

_log = structlog.get_logger(module=__name__)

Render = Callable[[ProblemMessage], Response]


def routes_answering_errors_with(render: Render) -> type[APIRoute]:
    """Make a route class, for `APIRouter(route_class=…)`, whose routes answer errors with `render(problem)`."""

    class OwnErrorsRoute(APIRoute):
        own_format = staticmethod(render)

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handle_with_own_errors(request: Request) -> Response:
                context_of(request.scope).render = render
                return await handle(request)

            return handle_with_own_errors

    return OwnErrorsRoute


def own_format(route: RouteContext) -> Render | None:
    """Return the error format of a route; None if it has none of its own."""
    return getattr(type(route.original_route), "own_format", None)


def install(app: FastAPI, formats: Mapping[str, Render] | None = None) -> None:
    """Install the handlers of every error of the application.

    `formats`: error formats by prefix of the path, for requests that no route answers.
    """
    app.state.error_formats = dict(formats or {})
    app.add_exception_handler(TandemError, _tandem_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _invalid_request)


def answer(request: Request, problem: ProblemMessage) -> Response:
    """Render a problem in the format of the request's route."""
    context = context_of(request.scope)
    problem = problem.at(f"urn:request:{context.request_id}")
    response = (context.render or _format_of(request) or _problem_json)(problem)
    for name, value in headers_of(problem).items():
        response.headers.setdefault(name, value)
    return response


def answer_of_route(request: Request, route: RouteContext | None, problem: ProblemMessage) -> Response:
    """Render a problem in the format of the route that the request is for; None where no route answers it."""
    if route is not None:
        request.scope["route"] = route
        context_of(request.scope).render = own_format(route)
    return answer(request, problem)


def _format_of(request: Request) -> Render | None:
    """Return the format of the path's route; where no route answers the path, that of its longest prefix that has one."""
    route = request.scope.get("route")
    if route is not None:
        return getattr(type(cast("object", route)), "own_format", None)
    formats: Mapping[str, Render] = getattr(request.app.state, "error_formats", {}) if "app" in request.scope else {}
    path = request.url.path
    under = [prefix for prefix in formats if path == prefix or path.startswith(f"{prefix}/")]
    return formats[max(under, key=len)] if under else None


def response_to(request: Request, error: TandemError | HTTPException) -> Response:
    """Render the error that a request raised."""
    return _tandem_error(request, error) if isinstance(error, TandemError) else _http_exception(request, error)


def unexpected_error(request: Request, error: Exception) -> Response:
    """Render an error that nobody expected: a fault of the storage, or else of this program, whose cause is in the log alone."""
    fault = storage_fault(error)
    if fault is not None:
        _log.error("files cannot be read or written", exc_info=error)
        return answer(request, problem_of(fault))
    _log.error("internal error", exc_info=error)
    request_id = context_of(request.scope).request_id
    return answer(request, internal_problem(f"Internal error; see the log, request id {request_id}."))


def _problem_json(problem: ProblemMessage) -> Response:
    return Response(reply_bytes(problem.to_json()), status_code=problem.status, media_type=MEDIA_TYPE)


def _tandem_error(request: Request, error: Exception) -> Response:
    problem = problem_of(cast("TandemError", error))
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("internal error", exc_info=error)
    return answer(request, problem)


def _http_exception(request: Request, error: Exception) -> Response:
    error = cast("HTTPException", error)
    detail = {
        HTTPStatus.NOT_FOUND: f"No route for {request.url.path}",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.url.path} does not allow {request.method}.",
    }.get(HTTPStatus(error.status_code), str(error.detail))
    response = answer(request, ProblemMessage.of_status(error.status_code, detail))
    for name, value in (error.headers or {}).items():
        is_get = name.lower() == "allow" and value == "GET"
        response.headers[name] = "GET, HEAD" if is_get else value
    return response


def _invalid_request(request: Request, error: Exception) -> Response:
    error = cast("RequestValidationError", error)
    details = cast("Sequence[ErrorDetails]", error.errors())
    if details and details[0]["type"] == "json_invalid":
        return answer(request, _malformed_json(details[0], error.body))
    errors = _field_errors(request, error, details)
    return answer(
        request,
        ProblemMessage(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            title="Invalid request",
            detail="; ".join(f"{field.where or 'the body'}: {field.detail}" for field in errors[:3])
            or "The request is invalid.",
            type="urn:problem-type:tandem:invalid-request",
            errors=errors,
        ),
    )


def _malformed_json(error: ErrorDetails, body: object) -> ProblemMessage:
    position = int(error["loc"][-1])
    before = body[:position] if isinstance(body, str) else ""
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    why = error.get("ctx", {}).get("error", error["msg"])
    return ProblemMessage(
        status=HTTPStatus.BAD_REQUEST,
        title="Malformed JSON",
        detail=f"The body is not JSON: {why} at line {line}, column {column} (character {position}).",
        type="urn:problem-type:tandem:malformed-json",
    )


def _field_errors(
    request: Request, error: RequestValidationError, details: Sequence[ErrorDetails]
) -> tuple[FieldError, ...]:
    """Return an entry per invalid field of the body, by its pointer, then one per invalid parameter."""
    in_body = [_inside(detail) for detail in details if detail["loc"][0] == "body"]
    fields = [
        FieldError(pointer=pointer(*field.path), detail=field.detail)
        for field in invalid_fields(in_body, _body_type(request), error.body)
    ]
    for detail in details:
        place = detail["loc"][0]
        if place != "body":
            name = ".".join(str(part) for part in detail["loc"][1:])
            words = invalid_fields([cast("ErrorDetails", {**detail, "loc": ()})], None, detail["input"])[0].detail
            fields.append(FieldError.model_validate({"parameter": name, "in": place, "detail": words}))
    return tuple(fields)


def _inside(detail: ErrorDetails) -> ErrorDetails:
    return cast("ErrorDetails", {**detail, "loc": detail["loc"][1:]})


def _body_type(request: Request) -> object:
    """Return the type of the body that the request's route asks for; None if it has no route."""
    field = getattr(request.scope.get("route"), "body_field", None)
    return None if field is None else field.field_info.annotation
