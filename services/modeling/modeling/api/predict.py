"""TensorFlow Serving's predict, classify and regress over HTTP. TensorFlow is never imported here."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Request, Response

from chassis.access.needs import Needs
from contracts.access.roles import Role
from modeling.api.dependencies import Model, predictor_of
from modeling.api.openapi.predict import CLASSIFY_OPENAPI, PREDICT_OPENAPI, REGRESS_OPENAPI
from modeling.api.predict_routing import (
    PredictRoute,
    asks_for_class,
    asks_to_explain,
    body_decoder,
    respond,
    version_number,
)
from modeling.protocols import tensorflow_classify, tensorflow_predict
from modeling.serving.inference_request import BodyDecoder

VersionText = Annotated[str, Path(pattern="^[1-9][0-9]*$", description="The version's number.", examples=["1"])]
LabelText = Annotated[str, Path(description="The label.", examples=["champion"])]

router = APIRouter(route_class=PredictRoute, tags=["predict"])

_DEFAULT = "The default version is the newest that passed its quality gate or has a label, and can be loaded. "


class _Protocol(Protocol):
    def __call__(self, body: bytes, *, explain: bool = False, classes: bool = False) -> BodyDecoder: ...


def _add_routes(verb: str, protocol: _Protocol, openapi: dict[str, Any], does: str, description: str) -> None:
    """Add the routes of a verb: for the default version, by number and by label.

    They only hand the body on: building columns straight from it is faster than any model of it.
    """

    async def decoder(request: Request) -> BodyDecoder:
        read = partial(protocol, explain=asks_to_explain(request), classes=asks_for_class(request))
        return await body_decoder(request, read)

    @Needs(Role.PREDICT, name="model")
    async def with_default(model: Model, request: Request) -> Response:
        return respond(await predictor_of(request).predict(model, await decoder(request)))

    @Needs(Role.PREDICT, name="model")
    async def with_version(model: Model, version: VersionText, request: Request) -> Response:
        number = version_number(version)
        return respond(await predictor_of(request).predict(model, await decoder(request), version=number))

    @Needs(Role.PREDICT, name="model")
    async def with_label(model: Model, label: LabelText, request: Request) -> Response:
        return respond(await predictor_of(request).predict(model, await decoder(request), label=label))

    for path, endpoint, name, whom, more in (
        ("", with_default, verb, "the default version", _DEFAULT),
        ("/versions/{version}", with_version, f"{verb}_with_version", "a version", ""),
        ("/labels/{label}", with_label, f"{verb}_with_label", "the version that has a label", ""),
    ):
        router.add_api_route(
            f"/v1/models/{{model}}{path}:{verb}",
            endpoint,
            methods=["POST"],
            name=name,
            response_class=Response,
            openapi_extra=openapi,
            summary=f"{does} with {whom}",
            description=more + description,
        )


_add_routes(
    "predict",
    tensorflow_predict.predict,
    PREDICT_OPENAPI,
    "Predict",
    "TensorFlow Serving's predict: rows under `instances`, or columns under `inputs`.",
)
_add_routes(
    "classify",
    tensorflow_classify.classify,
    CLASSIFY_OPENAPI,
    "Classify",
    "TensorFlow Serving's classify: rows under `examples`; a label and its score for each class. "
    "For models of a binary or a multiclass label.",
)
_add_routes(
    "regress",
    tensorflow_classify.regress,
    REGRESS_OPENAPI,
    "Regress",
    "TensorFlow Serving's regress: rows under `examples`; a number for each: the value, or a binary label's probability of 1.",
)
