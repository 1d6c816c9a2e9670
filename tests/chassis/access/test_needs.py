from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter

from chassis.access.needs import OPEN, Needs, UndeclaredRoute
from chassis.app import create_app
from chassis.service_parts import ServiceDescription
from chassis.settings import ServiceSettings
from contracts.access.roles import Role


def make(tmp_path: Any, router: APIRouter, **values: Any) -> None:
    settings = ServiceSettings(port=0, state=str(tmp_path), storage=str(tmp_path), **values)
    create_app(ServiceDescription("a", title="A", text="", version="1"), settings, [router])


def endpoint(name: str = "") -> str:
    return name


def test_a_forgotten_route_is_not_built_with_authentication(tmp_path: Any) -> None:
    router = APIRouter()
    router.add_api_route("/forgotten", endpoint)
    make(tmp_path, router)
    with pytest.raises(UndeclaredRoute, match="GET /forgotten"):
        make(tmp_path, router, tokens=str(tmp_path / "tokens"))


def test_neither_is_one_whose_name_is_not_in_its_path(tmp_path: Any) -> None:
    router = APIRouter()
    router.add_api_route("/x/{other}", Needs(Role.READ, name="name")(lambda: ""))
    with pytest.raises(UndeclaredRoute, match=r"/x/\{other\}"):
        make(tmp_path, router, tokens=str(tmp_path / "tokens"))


def test_declared_routes_are_built(tmp_path: Any) -> None:
    router = APIRouter(prefix="/v1")
    router.add_api_route("/x/{name}", Needs(Role.READ, name="name")(lambda name: name))
    router.add_api_route("/open", OPEN(lambda: ""))
    make(tmp_path, router, tokens=str(tmp_path / "tokens"))
