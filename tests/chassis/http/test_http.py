"""Routes, problems, event streams, health and metrics, over a real socket."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from chassis_live import Service, make_app, running


def problem(reply: Any, status: int) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance"} <= set(body)
    assert body["instance"] == f"urn:request:{reply.headers['x-request-id']}"
    return body


# --- problems


def test_invalid_fields_are_named_by_json_pointer(service: Service):
    body = problem(service.http.post("/v1/nested", json={"features": {"a/b~c": "x", "d": 1.5}, "more": 1}), 422)
    assert [each["pointer"] for each in body["errors"]] == ["/features/a~1b~0c", "/features/d", "/more"]
    assert "Received: 'x'" in body["errors"][0]["detail"]


def test_a_parameter_outside_the_body_is_named(service: Service):
    body = problem(service.http.get("/v1/jobs?pageSize=0"), 422)
    assert body["errors"][0]["parameter"] == "pageSize"
    assert body["errors"][0]["in"] == "query"


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
    assert reply.headers["allow"] == "GET"
    problem(service.http.get("/v1/jobs/none"), 404)
    problem(service.http.post("/v1/jobs/none:cancel"), 404)
    problem(service.http.get("/v1/jobs/none/events"), 404)
    problem(service.http.get("/v1/jobs/none/log"), 404)
    problem(service.http.get("/v1/jobs/%00"), 404)
    problem(service.http.get("/v1/jobs?pageToken=zzz"), 422)


def test_a_body_too_large_is_refused_whether_announced_or_not(service: Service):
    problem(service.http.post("/v1/nested", content=b" " * 100_001, headers={"content-type": "application/json"}), 413)
    chunks = (b" " * 10_000 for _ in range(11))
    problem(service.http.post("/v1/nested", content=chunks, headers={"content-type": "application/json"}), 413)


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


def test_a_request_id_is_kept_when_it_is_harmless(service: Service):
    assert service.http.get("/health/live", headers={"X-Request-Id": "mine-1"}).headers["x-request-id"] == "mine-1"
    replies = [service.http.get("/health/live", headers={"X-Request-Id": odd}) for odd in ("a b", "x" * 200)]
    assert all(len(reply.headers["x-request-id"]) == 32 for reply in replies)


# --- jobs


def test_idempotency_over_http(service: Service):
    def submit(number: int) -> Any:
        body = {"kind": "square", "request": {"number": number}}
        return service.http.post("/v1/things", json=body, headers={"Idempotency-Key": "one"})

    first, again = submit(1), submit(1)
    assert first.status_code == again.status_code == 202
    assert first.headers["location"] == again.headers["location"]
    assert problem(submit(2), 422)["type"] == "urn:problem-type:tandem:idempotency-key-reused"
    service.finish(first.json()["id"])
    assert submit(1).json()["response"]["result"] == 1
    empty = service.http.post("/v1/things", json={"kind": "square"}, headers={"Idempotency-Key": ""})
    assert problem(empty, 422)["errors"][0]["parameter"] == "Idempotency-Key"


def test_a_name_that_is_being_written_is_taken(service: Service):
    job_id = service.submit("sleep", resource="things/taken")
    reply = service.http.post("/v1/things", json={"kind": "sleep", "resource": "things/taken"})
    assert problem(reply, 409)["type"] == "urn:problem-type:tandem:name-taken"
    service.http.post(f"/v1/jobs/{job_id}:cancel")
    service.finish(job_id)


def test_paging_over_http(service: Service):
    ids = [service.submit("square", {"number": n}) for n in range(3)]
    for job_id in ids:
        service.finish(job_id)
    first = service.http.get("/v1/jobs?pageSize=2").json()
    assert [job["id"] for job in first["jobs"]] == [ids[2], ids[1]]
    second = service.http.get("/v1/jobs", params={"pageSize": 2, "pageToken": first["nextPageToken"]}).json()
    assert second["jobs"][0]["id"] == ids[0]


def test_events_tell_the_whole_story_and_the_stream_closes(service: Service):
    job_id = service.submit("square", {"number": 3})
    events = service.events(job_id)
    assert [int(number) for number, _, _ in events] == list(range(1, len(events) + 1))
    assert events[0][1:] == ("state", {**events[0][2], "state": "PENDING"})
    assert [data["state"] for _, kind, data in events if kind == "state"] == ["PENDING", "RUNNING"]
    assert [data["progress"]["fraction"] for _, kind, data in events if kind == "progress"] == [0.5, 1.0]
    assert events[2][2]["progress"]["details"] == {"rows": 7}
    assert events[-1][1] == "done"
    assert events[-1][2] == service.job(job_id)


def test_events_resume_after_the_last_one_seen(service: Service):
    job_id = service.submit("square", {"number": 3})
    events = service.events(job_id)
    assert service.events(job_id, last="2") == events[2:]
    assert service.events(job_id, last=events[-1][0]) == events[-1:]
    assert service.events(job_id, last="99999") == events[-1:]
    assert service.events(job_id, last="nonsense") == events


def test_events_arrive_while_the_job_runs(service: Service):
    job_id = service.submit("sleep")
    seen: list[Any] = []
    watchers = [threading.Thread(target=lambda: seen.append(service.events(job_id))) for _ in range(5)]
    for watcher in watchers:
        watcher.start()
    service.wait_for(job_id, lambda job: job["progress"]["phase"] == "sleep")
    service.http.post(f"/v1/jobs/{job_id}:cancel")
    for watcher in watchers:
        watcher.join(10)
    assert len(seen) == 5
    for events in seen:
        states = [data["state"] for _, _, data in events]
        assert list(dict.fromkeys(states)) == ["PENDING", "RUNNING", "CANCEL_PENDING", "CANCELLED"]


def test_a_job_with_half_a_surrogate_pair_can_be_read(service: Service):
    content = b'{"kind": "square", "request": {"number": 1, "odd": "\\ud800"}}'
    reply = service.http.post("/v1/things", content=content, headers={"content-type": "application/json"})
    if reply.status_code == 202:
        assert service.finish(reply.json()["id"])["request"]["odd"] in {"?", "\ud800"}
        service.events(reply.json()["id"])
    else:
        problem(reply, 422)


# --- health, metrics, documentation


def test_health(service: Service):
    assert service.http.get("/health/live").json() == {"status": "alive"}
    reply = service.http.get("/health/ready")
    assert reply.status_code == 200
    checks = reply.json()["checks"]
    assert set(checks) == {"store", "engine", "always"}
    assert checks["engine"] in {"warming", "ready"}


def test_a_failing_check_makes_the_service_unready(tmp_path: Path):
    app = make_app(tmp_path, engine=None, readiness={"disk": lambda: "full", "net": lambda: 1 // 0 == 0})
    with running(app) as service:
        reply = service.http.get("/health/ready")
        assert reply.status_code == 503
        assert reply.json()["checks"] == {"store": "ok", "disk": "full", "net": "failed"}


def test_metrics(service: Service):
    service.finish(service.submit("square", {"number": 1}))
    text = service.http.get("/metrics").text
    assert 'tandem_http_requests_total{method="GET",route="/v1/jobs/{job_id}",status="200"}' in text
    assert 'tandem_jobs{state="SUCCEEDED"}' in text
    assert 'tandem_job_seconds_count{kind="square",state="SUCCEEDED"}' in text
    assert "tandem_job_queue_length 0.0" in text
    service.http.get("/nowhere/1")
    assert "/nowhere" not in service.http.get("/metrics").text


def test_every_operation_in_the_document_may_answer_with_a_problem(service: Service):
    document = service.http.get("/openapi.json").json()
    assert "HTTPValidationError" not in json.dumps(document)
    assert "Problem" in document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    job = document["components"]["schemas"]["JobMessage"]
    assert "createTime" in job["properties"]
    assert {"/v1/jobs", "/v1/jobs/{job_id}:cancel", "/health/ready", "/metrics"} <= set(document["paths"])
