"""Predict over HTTP. Only unwraps requests and wraps replies; TensorFlow is never imported here."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.routing import APIRoute

from chassis.error_handlers import routes_answering_errors_with
from chassis.problems import Problem
from chassis.strict_json import reply_bytes
from contracts.errors import InvalidRequest
from modeling.api import Model
from modeling.calls import Reply
from modeling.openapi.predict import PREDICT_OPENAPI
from modeling.predict import Predictor
from modeling.protocols import tensorflow_serving

VERSION_HEADER = "X-Model-Version"
"""Names the version that answered."""


def _predictor(request: Request) -> Predictor:
    return request.app.state.predictor


def _response(reply: Reply) -> Response:
    """The version that answered is told in a header, since TensorFlow Serving's replies have no place for it."""
    headers = {VERSION_HEADER: str(reply.version), **reply.headers}
    return Response(reply.body, media_type=reply.media_type, headers=headers)


def _render_error(problem: Problem) -> Response:
    """TensorFlow Serving's form of an error; what is wrong with a body is 400 there."""
    status = problem.status if problem.status != HTTPStatus.UNPROCESSABLE_ENTITY else HTTPStatus.BAD_REQUEST
    return Response(reply_bytes({"error": problem.detail}), status_code=status, media_type="application/json")


_AnsweringRoute = routes_answering_errors_with(_render_error)


class DirectRoute(APIRoute):
    """Calls its endpoint with the request and the path's parameters as text, past FastAPI's reading and checking of both.

    For predict, which reads its body by hand. The OpenAPI page is made from the endpoint's signature all the same.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See the class."""
        endpoint = self.endpoint

        async def call(request: Request) -> Response:
            return await endpoint(request=request, **request.path_params)

        return call


class PredictRoute(_AnsweringRoute, DirectRoute):  # pyright: ignore[reportGeneralTypeIssues]  # it cannot see the first's bases
    """Direct, and with errors as TensorFlow Serving has them."""


router = APIRouter(route_class=PredictRoute, tags=["predict"])


@router.post(
    "/v1/models/{model}:predict",
    response_class=Response,
    openapi_extra=PREDICT_OPENAPI,
    summary="Predict with the default version",
    description=(
        "The default is the newest version that missed no gate, or has a label all the same. "
        "TensorFlow Serving's predict: rows under `instances`, or columns under `inputs`."
    ),
)
async def predict(model: Model, request: Request) -> Response:
    """Only hands the body on: building columns straight from it is faster than any model of it."""
    read = tensorflow_serving.predict(await request.body())
    return _response(await _predictor(request).predict(model, read))


@router.post(
    "/v1/models/{model}/versions/{version}:predict",
    response_class=Response,
    openapi_extra=PREDICT_OPENAPI,
    summary="Predict with a version",
    description="TensorFlow Serving's predict: rows under `instances`, or columns under `inputs`.",
)
async def predict_with_version(
    model: Model,
    version: Annotated[str, Path(pattern="^[1-9][0-9]*$", description="The version's number.", examples=["1"])],
    request: Request,
) -> Response:
    """As `predict`."""
    if not (version.isascii() and version.isdigit() and len(version) < 20):
        raise InvalidRequest(f"a version is a whole number. Received: {version[:60]!r}")
    read = tensorflow_serving.predict(await request.body())
    return _response(await _predictor(request).predict(model, read, version=int(version)))


@router.post(
    "/v1/models/{model}/labels/{label}:predict",
    response_class=Response,
    openapi_extra=PREDICT_OPENAPI,
    summary="Predict with the version that has a label",
    description="TensorFlow Serving's predict: rows under `instances`, or columns under `inputs`.",
)
async def predict_with_label(
    model: Model, label: Annotated[str, Path(description="The label.", examples=["champion"])], request: Request
) -> Response:
    """As `predict`."""
    read = tensorflow_serving.predict(await request.body())
    return _response(await _predictor(request).predict(model, read, label=label))
