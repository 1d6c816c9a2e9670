"""The page at /docs needs nothing from outside the service: its addresses, its files, and what a browser asks for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chassis_live import Service
from tests.chromium import PROGRAM, browser
from tests.processes import wait_until

REFERENCE = re.compile(r"(?:src|href)=[\"']([^\"']+)|url:\s*'([^']+)'")


def test_every_address_on_the_page_is_one_of_the_service(service: Service) -> None:
    page = service.http.get("/docs").text
    found = [one or other for one, other in REFERENCE.findall(page)]
    assert len(found) == 4
    for address in found:
        assert address.startswith("/")
        assert not address.startswith("//")
        assert service.http.get(address).is_success
    assert "//" not in re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)


def test_the_stylesheet_brings_its_pictures_along(service: Service) -> None:
    style = service.http.get("/docs/files/swagger-ui.css")
    assert style.headers["content-type"].startswith("text/css")
    assert all(address.strip("\"'").startswith("data:") for address in re.findall(r"url\(([^)]*)", style.text))
    assert "@import" not in style.text


def test_the_files_are_those_of_a_swagger_ui_that_reads_openapi_3_1(service: Service) -> None:
    script = service.http.get("/docs/files/swagger-ui-bundle.js").text
    version = re.search(r'PACKAGE_VERSION:"(\d+)\.', script)
    assert version is not None
    assert int(version[1]) >= 5
    assert "https://spec.openapis.org/oas/3.1/dialect/base" in script
    assert service.http.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_the_browser_is_told_to_ask_nobody_else(service: Service) -> None:
    headers = service.http.get("/docs").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {"'self'"} <= set(policy["script-src"].split()) <= {"'self'", *re.findall(r"'sha256-[^']+'", str(policy))}
    assert policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"


def test_files_beside_them_are_not_served(service: Service) -> None:
    for path in ("/docs/files/../core.py", "/docs/files/%2e%2e/core.py", "/docs/files/", "/docs/files/none.js"):
        assert service.http.get(path).status_code == 404


def test_behind_a_proxy_that_adds_a_path(service: Service) -> None:
    service.app.root_path = "/tandem"
    try:
        page = service.http.get("/docs").text
        assert "'/tandem/openapi.json'" in page
        assert '"/tandem/docs/files/swagger-ui-bundle.js"' in page
        assert service.http.get("/openapi.json").json()["servers"] == [{"url": "/tandem"}]
    finally:
        service.app.root_path = ""


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")
@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_it_is_as_dark_as_the_browser_is_told_to_be(service: Service, scheme: str, is_dark: bool) -> None:
    with browser() as tab:
        tab.open(f"{service.http.base_url}/docs".replace("//docs", "/docs"), scheme=scheme)
        wait_until(lambda: tab.evaluate("document.querySelectorAll('.opblock').length") > 5)
        ink, page = (
            tab.evaluate(f"getComputedStyle(document.querySelector('{where}')).{what}.match(/\\d+/g).map(Number)")
            for where, what in ((".opblock-summary-path", "color"), ("html", "backgroundColor"))
        )
        assert (sum(ink[:3]) > 384) == is_dark
        assert (sum(page[:3]) < 384 and len(page) == 3) == is_dark


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")
def test_a_browser_shows_the_routes_and_asks_only_the_service(service: Service) -> None:
    with browser() as tab:
        tab.open(f"{service.http.base_url}/docs".replace("//docs", "/docs"))
        wait_until(lambda: tab.evaluate("document.querySelectorAll('.opblock').length") > 5)
        tab.click("#operations-default-nested_v1_nested_post button.opblock-summary-control")
        wait_until(lambda: tab.evaluate("document.querySelectorAll('.opblock.is-open .responses-wrapper').length") == 1)
        said: list[dict[str, Any]] = [
            event for event in tab.events if event["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}
        ]
        assert said == []
        asked = {
            event["params"]["request"]["url"] for event in tab.events if event["method"] == "Network.requestWillBeSent"
        }
        base = str(service.http.base_url).rstrip("/")
        assert len(asked) >= 4
        assert all(url.startswith((base, "data:", "chrome:")) for url in asked), asked
