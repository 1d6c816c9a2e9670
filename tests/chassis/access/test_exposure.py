from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chassis.access.exposure import is_loopback, refusal_to_start
from chassis.app import create_app, serve
from chassis.service_parts import ServiceDescription
from chassis.settings import ServiceSettings


def settings(tmp_path: Any, **values: Any) -> ServiceSettings:
    return ServiceSettings(port=0, state=str(tmp_path), storage=str(tmp_path / "storage"), **values)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"])
def test_addresses_of_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", "", "::ffff:10.0.0.1"]
)
def test_other_addresses(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("values", [{"tokens": "x"}, {"allow_unauthenticated": True}, {"host": "localhost"}])
def test_a_service_may_start_with_tokens_with_leave_or_on_loopback(tmp_path: Any, values: dict[str, Any]) -> None:
    assert refusal_to_start(settings(tmp_path, **{"host": "0.0.0.0", **values})) is None


def test_it_refuses_to_start_elsewhere_and_names_the_remedies(tmp_path: Any) -> None:
    exposed = settings(tmp_path, host="0.0.0.0")
    with pytest.raises(SystemExit, match=r"0\.0\.0\.0.*TANDEM_TOKENS.*TANDEM_ALLOW_UNAUTHENTICATED"):
        serve(lambda: pytest.fail("it was made"), exposed)


def app(tmp_path: Any, **values: Any) -> FastAPI:
    return create_app(ServiceDescription("a", title="A", text="", version="1"), settings(tmp_path, **values), [])


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(
    ("address", "allowed", "status"),
    [("127.0.0.1", False, 200), ("10.0.0.1", False, 403), ("10.0.0.1", True, 200), ("name", False, 200)],
)
async def test_another_server_is_kept_on_loopback_by_each_request(
    tmp_path: Any,
    address: str,
    allowed: bool,
    status: int,
    anyio_backend: str,
) -> None:
    transport = httpx.ASGITransport(app(tmp_path, allow_unauthenticated=allowed))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{address}") as client:
        reply = await client.get("/health/live")
    assert reply.status_code == status
    if status == 403:
        assert "TANDEM_ALLOW_UNAUTHENTICATED" in reply.json()["detail"]
