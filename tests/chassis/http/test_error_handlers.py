from __future__ import annotations

import json

import pytest
from chassis_live import Service, problem


def test_invalid_fields_are_named_by_json_pointer(service: Service):
    body = problem(service.http.post("/v1/nested", json={"features": {"a/b~c": "x", "d": 1.5}, "more": 1}), 422)
    assert [each["pointer"] for each in body["errors"]] == ["/features/a~1b~0c", "/features/d", "/more"]
    assert [each["detail"] for each in body["errors"]] == [
        "must be a whole number. Received: 'x'",
        "must be a whole number. Received: 1.5",
        "unknown field `more`; known: features, ratio",
    ]
    assert body["detail"].startswith("/features/a~1b~0c: must be a whole number. Received: 'x'; /features/d: must be")


def test_a_parameter_outside_the_body_is_named(service: Service):
    body = problem(service.http.get("/v1/jobs?pageSize=0"), 422)
    assert body["errors"] == [{"parameter": "pageSize", "in": "query", "detail": "must be at least 1. Received: '0'"}]


def test_malformed_json_says_where(service: Service):
    reply = service.http.post(
        "/v1/nested", content='{"features":\n {"a": }}', headers={"content-type": "application/json"}
    )
    assert "line 2, column 8" in problem(reply, 400)["detail"]


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"[" * 100_000, b'{"features": ' + b"9" * 5000 + b"}", b"null", b"", b'"\\ud800"', b'{"a": "\\ud800"}',
     b'{"\\ud800": 1}', b'{"features": {"\\ud800": "\\ud800"}}', b'{"features": {"a": NaN}}', b'{"features": {"a": 1e999}}',
     b'{"features": {}, "ratio": "\\u0000"}', b"{'a': 1}", b'{"features": {"a": 1}} trailing'],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/nested", "/v1/things", "/tfs/predict"])
def test_bad_bodies_are_never_the_services_fault(service: Service, content: bytes, path: str):
    reply = service.http.post(path, content=content, headers={"content-type": "application/json"})
    assert 400 <= reply.status_code < 500
    json.loads(reply.content)


def test_numbers_that_are_not_finite_go_out_as_null(service: Service):
    reply = service.http.post(
        "/v1/nested", content='{"features": {}, "ratio": NaN}', headers={"content-type": "application/json"}
    )
    assert reply.json() == {"features": {}, "ratio": None}


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/json; charset=latin-1", "multipart/form-data"]
)
def test_a_wrong_content_type_is_the_clients_mistake(service: Service, content_type: str | None):
    headers = {} if content_type is None else {"content-type": content_type}
    assert service.http.post("/v1/nested", content=b"{}", headers=headers).status_code == 422


def test_unknown_paths_and_methods(service: Service):
    problem(service.http.get("/nowhere"), 404)
    reply = service.http.delete("/v1/jobs")
    problem(reply, 405)
    assert reply.headers["allow"] == "GET, HEAD"
    problem(service.http.get("/v1/jobs/none"), 404)
    problem(service.http.post("/v1/jobs/none:cancel"), 404)
    problem(service.http.get("/v1/jobs/none/events"), 404)
    problem(service.http.get("/v1/jobs/none/log"), 404)
    problem(service.http.get("/v1/jobs/%00"), 404)
    problem(service.http.get("/v1/jobs?pageToken=zzz"), 422)


def test_errors_by_their_type(service: Service):
    assert problem(service.http.get("/v1/raise/denied"), 403)["type"] == "urn:problem-type:tandem:not-allowed"
    assert problem(service.http.get("/v1/raise/damaged"), 500)["title"] == "Damaged"
    busy = service.http.get("/v1/raise/busy")
    problem(busy, 429)
    assert int(busy.headers["retry-after"]) > 0
    assert "secret" not in problem(service.http.get("/v1/raise/bug"), 500)["detail"]


def test_a_route_class_may_answer_errors_in_its_own_format(service: Service):
    reply = service.http.post("/tfs/predict", json={"features": {"a": "x"}})
    assert reply.status_code == 400
    assert set(reply.json()) == {"error"}
    assert "/features/a" in reply.json()["error"]
    reply = service.http.post("/tfs/predict", content=b"{", headers={"content-type": "application/json"})
    assert (reply.status_code, set(reply.json())) == (400, {"error"})
    reply = service.http.get("/tfs/bug")
    assert (reply.status_code, set(reply.json())) == (500, {"error"})
    assert service.http.post("/tfs/predict", json={"features": {"a": 1}}).json() == {"a": 1}
