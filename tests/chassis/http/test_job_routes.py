"""Jobs over a real socket. The notifications that wake event streams (`jobs.notifications`) are tested here, too."""

from __future__ import annotations

import threading
from typing import Any

from chassis_live import Service, problem


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
