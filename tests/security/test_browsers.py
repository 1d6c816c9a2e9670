"""Every route of both applications without authentication, asked through a browser by another site's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp
from tests.apps import serving
from tests.chromium import PROGRAM, Page
from tests.processes import wait_until

from modeling.main import make_app as make_modeling
from modeling.settings import ModelingSettings
from preprocessing.main import make_app as make_preprocessing
from preprocessing.settings import PreprocessingSettings

OTHER = "https://other.example"
TRUSTED = "https://notebook.example"


@dataclass
class Open:
    """An application without authentication, on loopback, with a job that waits."""

    app: FastAPI
    url: str
    client: httpx.Client
    job: str

    def state_of(self, job: str) -> str:
        return self.client.get(f"/v1/jobs/{job}").json()["state"]


@pytest.fixture(scope="module", params=["preprocessing", "modeling"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    root = tmp_path_factory.mktemp(request.param)
    places: dict[str, Any] = {
        "storage": str(root / "storage"),
        "state": str(root / "state"),
        "source_roots": [str(root)],
        "jobs_at_once": 0,
        "allowed_origins": [TRUSTED],
    }
    app = (
        make_modeling(ModelingSettings(**places, default_model="m"))
        if request.param == "modeling"
        else make_preprocessing(PreprocessingSettings(**places))
    )
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        job = app.state.jobs._store.submit("any", {}, resource="datasets/mine")
        yield Open(app, url, client, job.id)


def _requests(opened: Open) -> Iterator[tuple[str, str]]:
    """A request to each route, and to paths without one."""
    for route in iter_route_contexts(opened.app.routes):
        path = str(route.path)
        for parameter, value in {
            "{job_id}": opened.job, "{path:path}": "x.csv", "{feature:path}": "x", "{by}": "versions", "{which}": "1",
            "{version}": "1", "{verb}": "load", "{name}": "a", "{model}": "m", "{dataset}": "a", "{label}": "best",
        }.items():  # fmt: skip
            path = path.replace(parameter, value)
        methods: set[str] = getattr(route, "methods", None) or set()
        for method in sorted(methods or {"GET"}):
            yield method, path if methods else f"{path}/swagger-ui.css"
    yield from (("GET", "/nowhere"), ("POST", "/nowhere"), ("DELETE", "/v1/jobs"))


def test_a_rebound_name_gets_nothing_of_any_route(opened: Open) -> None:
    for method, path in _requests(opened):
        reply = opened.client.request(method, path, headers={"Host": "evil.example"})
        assert reply.status_code == 421, (method, path)
        if method != "HEAD":
            assert "TANDEM_ALLOWED_HOSTS" in reply.text
    assert opened.state_of(opened.job) == "PENDING"


def test_no_route_that_changes_something_answers_a_page_of_another_site(opened: Open) -> None:
    changing = [(method, path) for method, path in _requests(opened) if method not in {"GET", "HEAD"}]
    assert len(changing) > 5
    for method, path in changing:
        for headers in ({"Origin": OTHER}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site", "Origin": OTHER}):
            reply = opened.client.request(method, path, headers=headers, data={"a": "1"})
            assert (reply.status_code, "TANDEM_ALLOWED_ORIGINS" in reply.text) == (403, True), (method, path, headers)
            assert "access-control-allow-origin" not in reply.headers
    assert opened.state_of(opened.job) == "PENDING"


def test_a_refusal_has_the_form_of_its_protocol(opened: Open) -> None:
    for path, fields in (("/v1/models/m:predict", {"error"}), ("/v2/models/m/infer", {"error"})):
        reply = opened.client.post(path, headers={"Origin": OTHER}, json={})
        assert set(reply.json()) == fields or "modeling" not in opened.app.title.lower()
    reply = opened.client.post(f"/v1/jobs/{opened.job}:cancel", headers={"Origin": OTHER})
    assert (reply.headers["content-type"], reply.json()["status"]) == ("application/problem+json", 403)
    reply = opened.client.get("/v1/jobs", headers={"Host": "evil.example"})
    assert (reply.json()["type"], reply.json()["status"]) == ("urn:problem-type:tandem:misdirected", 421)


def test_every_reply_forbids_to_guess_its_media_type_once(opened: Open) -> None:
    for method, path in _requests(opened):
        if not path.endswith("/events"):
            reply = opened.client.request(method, path)
            assert reply.headers.get_list("x-content-type-options") == ["nosniff"], (method, path)


def test_pages_of_a_trusted_site_may_ask_and_read(opened: Open) -> None:
    asked = {
        "Origin": TRUSTED,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    allowed = opened.client.options("/v1/jobs/x:cancel", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == TRUSTED
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in allowed.headers
    assert opened.client.options("/v1/jobs/x:cancel", headers={**asked, "Origin": OTHER}).status_code == 400
    reply = opened.client.post("/v1/jobs/x:cancel", headers={"Origin": TRUSTED, "Sec-Fetch-Site": "cross-site"})
    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (404, TRUSTED)
    read = opened.client.get("/v1/jobs", headers={"Origin": OTHER})
    assert (read.status_code, "access-control-allow-origin" in read.headers) == (200, False)


def _page(form_to: str) -> ASGIApp:
    text = f"""<form method="post" action="{form_to}"><button>Win a prize</button></form>
    <script>const said = (text) => {{ document.title = text }};
    addEventListener("load", () => fetch("{form_to}", {{method: "POST"}}).then(() => said("read"), () => said("not read")))
    </script>"""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await HTMLResponse(text)(scope, receive, send)

    return app


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")
def test_in_a_browser_neither_a_form_nor_a_script_of_another_page_cancels_a_job(opened: Open, tab: Page) -> None:
    job = opened.app.state.jobs._store.submit("any", {}, resource="datasets/other").id
    target = f"{opened.url}/v1/jobs/{job}:cancel"
    with serving(_page(target), lifespan="off") as other:
        tab.open(other.replace("127.0.0.1", "localhost"))
        wait_until(lambda: tab.evaluate("document.title") == "not read", 30)
        tab.click("button")
        wait_until(lambda: "TANDEM_ALLOWED_ORIGINS" in (tab.evaluate("document.body?.innerText") or ""), 30)
    assert opened.state_of(job) == "PENDING"
    tab.open(f"{opened.url}/jobs/{job}")
    tab.evaluate(f"void fetch('/v1/jobs/{job}:cancel', {{method: 'POST'}})")
    wait_until(lambda: opened.state_of(job) == "CANCELLED", 30)
