"""The start page: a page for browsers, JSON for all other clients, which leads to whatever the service has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from chassis_live import Service, make_app, running

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(make_app(tmp_path_factory.mktemp("home"))) as found:
        yield found


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/json", "image/png", "application/json, text/html;q=0.9", "?"]
)
def test_other_clients_are_given_json(service: Service, accept: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}
    request = service.http.build_request("GET", "/", headers=headers)
    if accept is None:
        del request.headers["accept"]
    reply = service.http.send(request)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert "Accept" in reply.headers["vary"].split(", ")
    found = reply.json()
    assert (found["service"], found["version"], found["status"]) == ("test", "1", "alive")
    paths = [path for path in found.values() if path.startswith("/")]
    assert {"/docs", "/openapi.json", "/v1/jobs"} <= set(paths)
    for path in paths:
        assert service.http.get(path).status_code in {200, 503}, path


@pytest.mark.parametrize("accept", [BROWSER, "text/html", "text/*, application/json;q=0.5"])
def test_a_browser_is_given_a_page_whose_links_lead_somewhere(service: Service, accept: str) -> None:
    reply = service.http.get("/", headers={"Accept": accept})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Accept" in reply.headers["vary"].split(", ")
    assert "connect-src 'self'" in reply.headers["content-security-policy"]
    links = {link for link in re.findall(r'href="([^"#]+)', reply.text) if not link.startswith("data:")}
    assert {"/", "/jobs", "/docs"} <= links
    for link in links:
        assert service.http.get(link, headers={"Accept": BROWSER}).status_code in {200, 503}, link


def test_links_begin_with_a_proxys_prefix(service: Service) -> None:
    app = service.app
    app.root_path = "/behind"
    try:
        page = service.http.get("/", headers={"Accept": BROWSER}).text
    finally:
        app.root_path = ""
    links = {link for link in re.findall(r'(?:href|data-live)="([^"#]+)', page) if not link.startswith("data:")}
    assert {link for link in links if not link.startswith("/behind/")} == set()
    assert "/behind/jobs/newest" in links


def test_the_openapi_document_has_the_start_page_and_no_other(service: Service) -> None:
    paths = service.http.get("/openapi.json").json()["paths"]
    assert set(paths["/"]["get"]["responses"]["200"]["content"]) == {"application/json", "text/html"}
    assert not {"/jobs", "/jobs/newest", "/jobs/{job_id}"} & set(paths)
