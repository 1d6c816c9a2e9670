"""Direct routes run no dependency of FastAPI's, so the service refuses to start with one that has any."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Response

from modeling.api import predict
from modeling.api.fast_path import DirectPaths, DirectRoute, SkippedDependency
from modeling.main import make_app
from modeling.settings import ModelingSettings


def check_token(authorization: Annotated[str, Header()] = "") -> None:
    if authorization != "Bearer secret":
        raise HTTPException(401)


def settings(root: Path) -> ModelingSettings:
    return ModelingSettings(storage=str(root / "storage"), state=str(root / "state"))


@pytest.fixture
def guarded_predict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real router of predict, behind a token check."""
    guarded = APIRouter(dependencies=[Depends(check_token)])
    guarded.include_router(predict.router)
    monkeypatch.setattr(predict, "router", guarded)


def test_the_present_routes_start(tmp_path: Path) -> None:
    make_app(settings(tmp_path))


@pytest.mark.usefixtures("guarded_predict")
def test_a_token_check_on_the_router_of_predict_keeps_the_service_from_starting(tmp_path: Path) -> None:
    with pytest.raises(SkippedDependency, match=r"/v1/models/\{model\}:predict .* check_token"):
        make_app(settings(tmp_path))


async def plain(request: Request, name: str = "") -> Response:
    return Response(name)


async def with_dependency(request: Request, token: Annotated[None, Depends(check_token)]) -> Response:
    return Response()


async def with_query(request: Request, shade: Annotated[str, Query()] = "dark") -> Response:
    return Response(shade)


def direct(endpoint: Callable[..., Any], **more: Any) -> APIRouter:
    router = APIRouter(route_class=DirectRoute, **more)
    router.add_api_route("/direct/{name}", endpoint)
    return router


def in_front_of(app: FastAPI) -> DirectPaths:
    return DirectPaths(app, app, lambda layer: layer)


def on_the_router() -> FastAPI:
    app = FastAPI()
    app.include_router(direct(plain, dependencies=[Depends(check_token)]))
    return app


def on_the_inclusion() -> FastAPI:
    app = FastAPI()
    app.include_router(direct(plain), dependencies=[Depends(check_token)])
    return app


def on_an_outer_router() -> FastAPI:
    app, outer = FastAPI(), APIRouter(prefix="/outer", dependencies=[Depends(check_token)])
    outer.include_router(direct(plain))
    app.include_router(outer)
    return app


def on_the_app() -> FastAPI:
    app = FastAPI(dependencies=[Depends(check_token)])
    app.include_router(direct(plain))
    return app


def on_the_endpoint() -> FastAPI:
    app = FastAPI()
    app.include_router(direct(with_dependency))
    return app


@pytest.mark.parametrize(
    "make",
    [on_the_router, on_the_inclusion, on_an_outer_router, on_the_app, on_the_endpoint],
    ids=lambda make: make.__name__,
)
def test_a_dependency_is_refused_wherever_it_stands(make: Callable[[], FastAPI]) -> None:
    with pytest.raises(SkippedDependency, match=r"/direct/\{name\} .* check_token"):
        in_front_of(make())


def test_a_parameter_that_would_not_be_filled_in_is_refused() -> None:
    app = FastAPI()
    app.include_router(direct(with_query))
    with pytest.raises(SkippedDependency, match="shade"):
        in_front_of(app)


def test_other_routes_may_have_dependencies_and_run_them() -> None:
    app = FastAPI()
    app.include_router(direct(plain), prefix="/behind")

    @app.get("/slow", dependencies=[Depends(check_token)])
    def slow() -> str:
        return "slow"

    async def ask() -> None:
        transport = httpx.ASGITransport(in_front_of(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/behind/direct/seven")).text == "seven"
            assert (await client.get("/slow")).status_code == 401
            assert (await client.get("/slow", headers={"Authorization": "Bearer secret"})).json() == "slow"

    asyncio.run(ask())
