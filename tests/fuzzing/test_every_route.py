"""Rules that hold on every route of both services' real applications: HEAD as GET, and no unknown query parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Mount
from tests.modeling.serving.test_registry import copy_version
from tests.modeling.trained import Trained
from tests.preprocessing.made_datasets import published
from tests.processes import wait_until
from tests.real_apps import app_of, serving_both

from chassis.http.known_queries import known_parameters
from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import JobDatabase
from contracts.storage import Storage
from tandem.messages import ServiceName
from tandem.transport.connections import SERVICES

VALUES = {
    "model": "m",
    "version": "1",
    "label": "champion",
    "name": "made",
    "verb": "predict",
    "by": "labels",
    "which": "champion",
}
OF_THE_RUN = re.compile(r"process_|python_|tandem_|urn:request:")
"""In bodies that differ from one request to the next."""

CLIENTS = dict[ServiceName, httpx.Client]


@pytest.fixture(scope="module")
def clients(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CLIENTS]:
    """Clients of both services, with a dataset, a model and a job that is done."""
    root = tmp_path_factory.mktemp("every-route")
    storage = Storage(str(root / "storage"))
    published(storage)
    copy_version(trained.storage, storage, 1)
    (root / "state").mkdir()
    for service in SERVICES:
        database = JobDatabase(service, f"sqlite:///{root}/state/{service}.db")
        database.create()
        job = JobClientStore(database).submit("any", {})
        JobClientStore(database).cancel(job.id)
        VALUES[f"{service} job"] = job.id
        database.close()
    with serving_both(root) as urls, ExitStack() as opened:
        clients: CLIENTS = {
            service: opened.enter_context(httpx.Client(base_url=url, timeout=60)) for service, url in urls.items()
        }
        wait_until(lambda: clients["modeling"].get("/health/ready").is_success)
        yield clients


def routes(service: str, root: Path) -> list[RouteContext]:
    contexts = list(iter_route_contexts(app_of(service, root).routes))
    assert all(isinstance(context.original_route, APIRoute | Mount) for context in contexts)
    return [context for context in contexts if isinstance(context.original_route, APIRoute)]


def path_of(route: RouteContext, service: str) -> str:
    values = {**VALUES, "job_id": VALUES[f"{service} job"], "feature": "shop"}
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: values.get(found[1], "any"), str(route.path))


@pytest.mark.parametrize("service", SERVICES)
def test_head_of_every_get_route(service: ServiceName, clients: CLIENTS, tmp_path: Path) -> None:
    client = clients[service]
    answered = 0
    for route in routes(service, tmp_path):
        if "GET" not in (route.methods or ()):
            continue
        path = path_of(route, service)
        for encoding in ("identity", "gzip"):
            head, get = (
                client.request(method, path, headers={"Accept-Encoding": encoding}) for method in ("HEAD", "GET")
            )
            assert (head.status_code, head.content) == (get.status_code, b""), path
            assert set(head.headers) == set(get.headers) - {"transfer-encoding"}, path
            volatile = {"date", "x-request-id", *(["content-length"] if OF_THE_RUN.search(get.text) else [])}
            for name in set(head.headers) - volatile:
                assert head.headers[name] == get.headers[name], (path, name)
            answered += get.is_success
    assert answered > 10, "most routes must have been asked for what is there"


@pytest.mark.parametrize("service", SERVICES)
def test_a_misspelt_query_parameter_on_every_route(service: ServiceName, clients: CLIENTS, tmp_path: Path) -> None:
    client = clients[service]
    for route in routes(service, tmp_path):
        known = sorted(known_parameters(route))
        path = path_of(route, service)
        for method in route.methods or ():
            for name in [*(f"{parameter}x" for parameter in known), "verbose"]:
                reply = client.request(method, f"{path}?{name}=1")
                said = reply.text
                assert reply.status_code == 400, (method, path, said)
                assert f"unknown query parameter '{name}'" in said, (method, path, said)
                assert (f"did you mean '{name[:-1]}'?" in said) is (name != "verbose"), (method, path, said)


def test_every_error_under_v2_has_error(clients: CLIENTS) -> None:
    client = clients["modeling"]
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        for path in (
            "/v2/nothing",
            "/v2/models",
            "/v2/models/none",
            "/v2/models/m/nothing/else",
            "/v2/models/m/infer",
        ):
            reply = client.request(method, path)
            assert reply.status_code in {400, 404, 405, 415}, (method, path, reply.text)
            assert list(reply.json()) == ["error"], (method, path, reply.text)
    assert client.get("/v2/models/m/infer").headers["allow"] == "POST"
    assert client.get("/v2x").json()["status"] == 404


@pytest.mark.parametrize("path", ["/v1/models/m/nothing", "/v1/models/m/versions/1/labels/x"])
def test_unknown_paths_of_tensorflow_serving_have_error(clients: CLIENTS, path: str) -> None:
    body = clients["modeling"].get(path).json()
    assert body["error"] == body["detail"]
