"""Routes that name no model: which one answers, and the paths that Vertex AI chooses."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from fastapi import FastAPI

from contracts.errors import NotFound, TandemError, Unavailable
from modeling.api.invocations import make_router, only_model
from modeling.settings import ModelingSettings


class Loaded:
    def __init__(self, names: list[str], *, is_ready: bool) -> None:
        self.loaded_models, self.is_ready = names, is_ready


@pytest.mark.parametrize(
    ("names", "is_ready", "error"),
    [(["a"], False, None), ([], False, Unavailable), ([], True, NotFound), (["a", "b"], True, NotFound)],
)
def test_the_only_model_answers_where_none_is_named(
    names: list[str], is_ready: bool, error: type[TandemError] | None
) -> None:
    registry: Any = Loaded(names, is_ready=is_ready)
    if error is None:
        assert only_model(registry) == "a"
        return
    with pytest.raises(error):
        only_model(registry)


def paths_of(**settings: str | None) -> set[tuple[str, str]]:
    """The method and path of each route."""
    app = FastAPI()
    app.include_router(make_router(ModelingSettings().model_copy(update=settings)))
    return {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}


USUAL = {("GET", "/ping"), ("GET", "/health"), ("POST", "/invocations")}


def test_vertex_ai_adds_the_paths_that_it_chooses() -> None:
    assert paths_of() == USUAL
    both = paths_of(vertex_predict_route="/v9/predict", vertex_health_route="/v9/health")
    assert both - USUAL == {("POST", "/v9/predict"), ("GET", "/v9/health")}


@pytest.mark.parametrize("health", ["/ping", "/health"])
def test_a_path_that_is_there_already_is_not_added_twice(health: str) -> None:
    router = make_router(
        ModelingSettings().model_copy(update={"vertex_predict_route": "/invocations", "vertex_health_route": health})
    )
    app = FastAPI()
    app.include_router(router)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # FastAPI warns of an operation that is there twice
        assert len(app.openapi()["paths"]) == len(USUAL)
