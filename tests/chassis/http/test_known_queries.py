from __future__ import annotations

import pytest
from chassis_live import Service, problem


@pytest.mark.parametrize(
    ("path", "name", "hint"),
    [
        ("/v1/jobs?pagesize=3", "pagesize", "did you mean 'pageSize'?"),
        ("/v1/jobs?page_size=3", "page_size", "did you mean 'pageSize'?"),
        ("/v1/jobs?pageSize=3&pageTokn=x", "pageTokn", "did you mean 'pageToken'?"),
        ("/v1/jobs?verbose", "verbose", "this path takes pageSize, pageToken"),
        ("/v1/jobs?=x", "", "this path takes pageSize, pageToken"),
        ("/health/ready?verbose=1", "verbose", "this path takes none"),
        ("/metrics?x=%C3%A9", "x", "this path takes none"),
        ("/v1/jobs/none?x=1", "x", "this path takes none"),
        ("/docs?x", "x", "this path takes none"),
        ("/?x", "x", "this path takes none"),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_nearest(service: Service, path: str, name: str, hint: str):
    body = problem(service.http.get(path), 400)
    assert body["detail"] == f"unknown query parameter {name!r}; {hint}"
    assert body["errors"] == [{"parameter": name, "in": "query", "detail": body["detail"]}]
    assert service.http.head(path).status_code == 400


def test_known_parameters_pass(service: Service):
    assert service.http.get("/v1/jobs?pageSize=3&").status_code == 200


def test_a_route_with_its_own_errors_refuses_in_these(service: Service):
    reply = service.http.post("/tfs/predict?explain=inputs", json={"features": {}})
    assert (reply.status_code, list(reply.json())) == (400, ["error"])


@pytest.mark.parametrize("path", ["/nothing?x=1", "/docs/files/favicon.png?v=3"])
def test_what_is_no_route_is_not_checked(service: Service, path: str):
    assert service.http.get(path).status_code == (404 if "nothing" in path else 200)


def test_a_refusal_is_counted_by_its_route(service: Service):
    service.http.get("/v1/jobs?pages=7")
    line = 'tandem_http_requests_total{method="GET",route="/v1/jobs",status="400"}'
    assert line in service.http.get("/metrics").text
