from __future__ import annotations

from typing import Any

import pytest

from chassis.access.browser_requests import BrowserRequests
from chassis.settings import ServiceSettings
from contracts.errors import Misdirected, NotAllowed, TandemError

ALONE = BrowserRequests([], [])


def refusal(requests: BrowserRequests, method: str = "POST", **headers: str) -> type[TandemError] | None:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    error = requests.refusal({"type": "http", "method": method, "headers": given})
    return None if error is None else type(error)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1:8001", "10.1.2.3:80", "[::1]:8001", "[fd00::1]", "localhost:8001", "LOCALHOST", "localhost.",
        "preprocessing:8001", "a.localhost:1",
    ],
)  # fmt: skip
def test_addresses_localhost_and_names_without_a_dot_are_served(host: str) -> None:
    assert refusal(ALONE, "GET", host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8001", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example.", "1.2.3.4.5",
        "", ":8001", "[::1", "[zz]:1", "\u00e9.org", "a.localhost.org", "0x7f.1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_other_names_are_misdirected(host: str, method: str) -> None:
    assert refusal(ALONE, method, host=host) is Misdirected


def test_names_of_the_settings_are_served() -> None:
    named = BrowserRequests(["Tandem.example.org", "*.pods.example"], [])
    assert refusal(named, "GET", host="tandem.EXAMPLE.org:443") is None
    assert refusal(named, "GET", host="a.b.pods.example") is None
    for host in ("example.org", "x.tandem.example.org", "pods.example", "evilpods.example"):
        assert refusal(named, "GET", host=host) is Misdirected
    assert refusal(BrowserRequests(["*"], []), "GET", host="any.example") is None


def test_a_request_without_a_host_and_without_a_browser_is_served() -> None:
    assert refusal(ALONE) is None
    assert refusal(ALONE, host="localhost") is None


OWN = {"host": "localhost:8001"}


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "http://localhost:9999"},
        {"sec_fetch_site": "", "origin": "http://localhost:8001"},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:9999"},
        {"origin": "http://localhost"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site", "origin": "http://localhost:8001"},
    ],
)
def test_what_changes_something_and_comes_from_a_page_of_another_site_is_refused(headers: dict[str, str]) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert refusal(ALONE, method, **OWN, **headers) is NotAllowed
    for method in ("GET", "HEAD", "OPTIONS"):
        assert refusal(ALONE, method, **OWN, **headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin", "origin": "http://localhost:8001"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "same-origin", "origin": "https://proxy.example"},  # a proxy changed the host
        {"origin": "http://LOCALHOST:8001"},
    ],
)
def test_pages_of_the_service_and_people_are_served(headers: dict[str, str]) -> None:
    assert refusal(ALONE, "POST", **OWN, **headers) is None


def test_trusted_origins_are_served() -> None:
    trusting = BrowserRequests([], ["https://App.example"])
    assert refusal(trusting, **OWN, sec_fetch_site="cross-site", origin="https://app.example") is None
    for other in ("http://app.example", "https://app.example:444", "https://app.example.evil", "null"):
        assert refusal(trusting, **OWN, sec_fetch_site="cross-site", origin=other) is NotAllowed
    assert refusal(BrowserRequests([], ["*"]), **OWN, sec_fetch_site="cross-site", origin="null") is None


def test_with_tokens_any_name_is_served_unless_names_are_set(tmp_path: Any) -> None:
    def of(**values: Any) -> BrowserRequests:
        return BrowserRequests.of_settings(ServiceSettings(port=0, state=str(tmp_path), **values))

    assert refusal(of(), "GET", host="a.example") is Misdirected
    assert refusal(of(allow_unauthenticated=True), "GET", host="a.example") is Misdirected
    assert refusal(of(tokens="x"), "GET", host="a.example") is None
    assert refusal(of(tokens="x", allowed_hosts="b.example, c.example"), "GET", host="a.example") is Misdirected
    assert refusal(of(allowed_hosts="b.example, c.example"), "GET", host="c.example") is None


@pytest.mark.parametrize(
    "origin", ["app.example", "https://app.example/", "https://app.example/x", "ftp://a", "https://a b"]
)
def test_an_origin_is_a_scheme_and_a_host(tmp_path: Any, origin: str) -> None:
    values: dict[str, Any] = {"port": 0, "state": str(tmp_path), "allowed_origins": origin}
    with pytest.raises(ValueError, match="allowed_origins"):
        ServiceSettings(**values)
