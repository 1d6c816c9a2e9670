from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from chassis_live import Service
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from chassis.http.head_requests import HeadMiddleware

NOT_OF_THE_ROUTE = {"date", "x-request-id"}


def header_of(reply: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name not in NOT_OF_THE_ROUTE}


@pytest.mark.parametrize(
    "path", ["/health/ready", "/health/live", "/v1/jobs", "/docs", "/openapi.json", "/", "/nothing"]
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_has_the_header_of_get_and_no_body(service: Service, path: str, encoding: str):
    asked = {"Accept-Encoding": encoding}
    head, get = service.http.head(path, headers=asked), service.http.get(path, headers=asked)
    assert head.content == b""
    assert (head.status_code, header_of(head)) == (get.status_code, header_of(get))
    assert int(head.headers["content-length"]) > 0


def test_head_of_a_route_without_get(service: Service):
    reply = service.http.head("/v1/nested")
    assert (reply.status_code, reply.headers["allow"], reply.content) == (405, "POST", b"")
    assert service.http.put("/v1/jobs").headers["allow"] == "GET, HEAD"


def test_head_is_counted_by_its_route(service: Service):
    service.http.head("/v1/jobs?pageSize=7")
    line = 'tandem_http_requests_total{method="HEAD",route="/v1/jobs",status="200"}'
    assert line in service.http.get("/metrics").text


def test_head_of_a_jobs_events_ends(service: Service):
    job = service.submit("sleep")
    reply = service.http.head(f"/v1/jobs/{job}/events", timeout=10)
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert not service.job(job)["done"]
    assert service.http.post(f"/v1/jobs/{job}:cancel").status_code == 200


def test_an_endless_stream_is_left():
    app = FastAPI()
    left = asyncio.Event()

    @app.get("/endless")
    def endless() -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            try:
                while True:
                    yield "line\n"
                    await asyncio.sleep(0)
            finally:
                left.set()

        return StreamingResponse(lines())

    async def ask() -> None:
        transport = httpx.ASGITransport(HeadMiddleware(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.head("/endless")).content == b""
        await left.wait()

    asyncio.run(asyncio.wait_for(ask(), 30))
