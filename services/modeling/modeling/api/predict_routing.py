"""Parts shared by the routes of all prediction protocols: unwraps requests, wraps replies, never imports TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from fastapi import Request, Response

from chassis.http.error_handlers import Render, routes_answering_errors_with
from chassis.http.request_bodies import expanded
from chassis.problems import MEDIA_TYPE
from chassis.strict_json import reply_bytes
from contracts.errors import InvalidRequest
from contracts.messages.problems import ProblemMessage
from modeling.api.dependencies import predictor_of
from modeling.api.fast_path import DirectRoute
from modeling.serving.inference_request import BodyDecoder, Call, LargeBodyDecoder, Reply
from modeling.serving.loaded_version import LoadedVersion

VERSION_HEADER = "X-Model-Version"
"""Names the version that answered."""
_VERSION_HEADER = VERSION_HEADER.lower().encode()
_LARGE_BODY = 1 << 16
"""Bytes that take about half a millisecond to read; any that come compressed may take longer."""


def is_ready(request: Request) -> bool:
    """Return whether the first poll is over, and the service is not shutting down."""
    return predictor_of(request).registry.is_ready and not request.app.state.notifications.closed


def respond(reply: Reply) -> Response:
    """Wrap a reply; the version is in a header, since most protocols have no field for it."""
    return _Answer(reply)


class _Answer(Response):
    """A reply whose headers are known, without Starlette's computation of them."""

    def __init__(self, reply: Reply) -> None:
        self.status_code = HTTPStatus.OK.value
        self.background = None
        self.body = reply.body
        self.raw_headers = [
            (b"content-length", b"%d" % len(reply.body)),
            (b"content-type", reply.media_type.encode()),
            (_VERSION_HEADER, b"%d" % reply.version),
        ]
        if reply.headers:
            self.raw_headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]


async def body_decoder(request: Request, decoder_of: Callable[[bytes], BodyDecoder]) -> BodyDecoder:
    """Return a reader of the body; a compressed body is expanded first, on the thread that reads it."""
    body = await request.body()
    encoding = next((value for name, value in request.scope["headers"] if name == b"content-encoding"), None)
    if encoding is None:
        decode = decoder_of(body)
        return decode if len(body) < _LARGE_BODY else LargeBodyDecoder(decode)
    max_bytes = request.app.state.settings.max_body_bytes

    def decode_expanded(loaded: LoadedVersion) -> Call:
        return decoder_of(expanded(body, encoding.decode("latin-1"), max_bytes))(loaded)

    return LargeBodyDecoder(decode_expanded)


def asks_to_explain(request: Request) -> bool:
    """Return whether the query has `explain=inputs`. Raises `InvalidRequest` for another `explain`."""
    return _asks(request, "explain", "inputs")


def asks_for_class(request: Request) -> bool:
    """Return whether the query has `class=true`. Raises `InvalidRequest` for another `class`."""
    return _asks(request, "class", "true")


def _asks(request: Request, option: str, wanted: str) -> bool:
    if not request.scope["query_string"]:
        return False
    asked = request.query_params.get(option)
    if asked is not None and asked != wanted:
        raise InvalidRequest(f"{option} must be {wanted}, or left out. Received: {asked[:60]!r}")
    return asked is not None


def version_number(version: str) -> int:
    """Parse the version number in a path. Raises `InvalidRequest`."""
    if not (version.isascii() and version.isdigit() and len(version) < 20):
        raise InvalidRequest(f"a version is a whole number. Received: {version[:60]!r}")
    return int(version)


def _status(problem: ProblemMessage) -> int:
    """Return the status in these protocols, where an invalid body is 400."""
    return problem.status if problem.status != HTTPStatus.UNPROCESSABLE_ENTITY else HTTPStatus.BAD_REQUEST


def _only_error(problem: ProblemMessage) -> Response:
    return Response(reply_bytes({"error": problem.detail}), status_code=_status(problem), media_type="application/json")


def _problem_with_error(problem: ProblemMessage) -> Response:
    problem = problem.with_status(_status(problem))
    shown = {**problem.to_json(), "error": problem.detail}
    return Response(reply_bytes(shown), status_code=problem.status, media_type=MEDIA_TYPE)


ERROR_FORMATS: dict[str, Render] = {
    **dict.fromkeys(("/v2", "/invocations", "/ping"), _only_error),
    "/v1/models": _problem_with_error,
}
"""Of paths that are unknown or lack the method, by their prefix."""

ErrorRoute = routes_answering_errors_with(_only_error)
"""Errors in the format of TensorFlow Serving and the Open Inference Protocol: `{"error": "…"}`."""

StatusRoute = routes_answering_errors_with(_problem_with_error)
"""Errors as problems, as everywhere in this service, which have `error`, too, for clients of TensorFlow Serving."""


class PredictRoute(ErrorRoute, DirectRoute):  # pyright: ignore[reportGeneralTypeIssues, reportUntypedBaseClass]  # it cannot see the first's bases
    """Direct, and with errors as `{"error": "…"}`."""
