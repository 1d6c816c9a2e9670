"""Labels over HTTP: moved by compare-and-swap, and refused for versions that should not have them."""

from __future__ import annotations

import shutil
from typing import Any

import httpx
import pytest
from tests.modeling.api.asking import QUICK, pointer_of, post
from tests.modeling.live import finish
from tests.modeling.trained import Trained

from modeling.repository.versions import read_manifest


def test_labels_move_in_one_step_and_answer(client: httpx.Client) -> None:
    base = "/v1/models/m/labels"
    made = client.put(f"{base}/champion", json={"version": 1}, headers={"If-None-Match": "*"})
    assert made.status_code == 201, made.text
    assert made.json()["version"] == 1
    assert made.json()["model_version_status"][0]["state"] == "AVAILABLE"
    row = {"instances": [{"distance km": 1200.5, "class": 3}]}

    def answers(path: str) -> Any:
        return post(client, f"/v1/models/m{path}:predict", row).json()

    assert answers("/labels/champion") == answers("/versions/1") != answers("/versions/2")
    moved = client.put(f"{base}/champion", json={"version": 2}, headers={"If-Match": made.headers["etag"]})
    assert (moved.status_code, moved.json()["version"]) == (200, 2)
    assert answers("/labels/champion") == answers("/versions/2")
    back = client.put(f"{base}/champion", json={"version": 1}, headers={"If-Match": moved.headers["etag"]})
    assert back.status_code == 200
    assert answers("/labels/champion") == answers("/versions/1")
    found = client.get(base)
    assert found.json() == {"model": "m", "labels": {"champion": 1}}
    assert found.headers["etag"] == back.headers["etag"] == client.get(f"{base}/champion").headers["etag"]
    assert client.get(f"{base}/champion/metadata").json()["model_spec"]["version"] == "1"
    versions = client.get("/v1/models/m/versions").json()["versions"]
    assert [(each["version"], each["labels"], each["default"]) for each in versions] == [
        (2, [], True),
        (1, ["champion"], False),
    ]
    gone = client.delete(f"{base}/champion", headers={"If-Match": back.headers["etag"]})
    assert gone.status_code == 204
    assert client.get(base).json()["labels"] == {}
    assert post(client, "/v1/models/m/labels/champion:predict", row).status_code == 404


def test_a_label_is_not_moved_by_someone_who_saw_another_state(client: httpx.Client) -> None:
    base = "/v1/models/m/labels/canary"
    first = client.put(base, json={"version": 1})
    assert first.status_code == 201
    cases: list[tuple[str, dict[str, str], int]] = [
        ("PUT", {}, 428),
        ("PUT", {"If-None-Match": "*"}, 412),
        ("PUT", {"If-Match": '"0-0"'}, 412),
        ("PUT", {"If-Match": "nonsense"}, 422),
        ("DELETE", {}, 428),
        ("DELETE", {"If-Match": '"0-0"'}, 412),
    ]
    for method, headers, status in cases:
        reply = client.request(method, base, json={"version": 2}, headers=headers)
        assert reply.status_code == status, reply.text
        assert reply.headers["content-type"] == "application/problem+json"
    assert client.get(base).json()["version"] == 1
    assert client.delete(base, headers={"If-Match": first.headers["etag"]}).status_code == 204
    assert client.delete(base, headers={"If-Match": "*"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        ("m/labels/x", {"version": 9}, 422, "/version"),
        ("m/labels/x", {"version": "1"}, 422, "/version"),
        ("m/labels/x", {}, 422, "/version"),
        ("m/labels/a b", {"version": 1}, 422, None),
        ("nothing/labels/x", {"version": 1}, 404, None),
    ],
)
def test_bad_labels(client: httpx.Client, path: str, body: Any, status: int, pointer: str | None) -> None:
    reply = client.put(f"/v1/models/{path}", json=body)
    assert reply.status_code == status, reply.text
    assert pointer_of(reply) == pointer


def test_a_model_that_misses_its_gate_is_marked_and_not_served(client: httpx.Client) -> None:
    request = {"model": "gated", **QUICK, "label": "champion"}
    assert finish(client, client.post("/v1/trainings", json=request))["response"]["label"] == "champion"
    request["require"] = {"auc": {"min": 0.99999}, "better_than": "champion"}
    missed = finish(client, client.post("/v1/trainings", json=request))["response"]
    assert (missed["version"], missed["label"], missed["gate"]["passed"]) == (2, None, False)
    status = client.get("/v1/models/gated/versions/2").json()["model_version_status"][0]["status"]
    assert status["error_code"] == "FAILED_PRECONDITION"
    assert "auc must be at least 0.99999" in status["error_message"]
    assert client.get("/v1/models/gated/metadata").json()["model_spec"]["version"] == "1"
    assert post(client, "/v1/models/gated/versions/2:predict", {"instances": [{}]}).status_code == 200
    summary = next(each for each in client.get("/v1/models").json()["models"] if each["name"] == "gated")
    assert (summary["newest"], summary["default"], summary["labels"]) == (2, 1, {"champion": 1})

    refused = client.put("/v1/models/gated/labels/canary", json={"version": 2})
    assert refused.status_code == 409
    assert "failed its quality gate" in refused.json()["detail"]
    given = client.put("/v1/models/gated/labels/canary", json={"version": 2, "despite_gate": True})
    assert given.status_code == 201
    assert client.get("/v1/models/gated/metadata").json()["model_spec"]["version"] == "2"


def test_a_label_is_not_given_to_a_damaged_version(client: httpx.Client, trained: Trained) -> None:
    begin, end = trained.storage.local_path("models/gated/1"), trained.storage.local_path("models/gated/3")
    assert begin is not None
    assert end is not None
    shutil.copytree(begin, end)
    manifest = read_manifest(trained.storage, "gated", 1).model_copy(update={"version": 3})
    (end / "tandem.json").write_bytes(manifest.to_json())
    (end / "variables/variables.index").write_bytes(b"other")
    reply = client.put("/v1/models/gated/labels/new", json={"version": 3})
    assert reply.status_code == 409, reply.text
    assert "checksum" in reply.json()["detail"]
