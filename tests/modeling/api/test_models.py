"""The whole service: a real process, trained and asked over HTTP."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.modeling.live import finish, wait_for
from tests.modeling.made import SCHEMA
from tests.modeling.made_records import byte_list, serialized
from tests.modeling.trained import Trained

from modeling.repository.versions import read_manifest, version_numbers

QUICK: dict[str, Any] = {"dataset": "made", "network": {"kind": "linear"}, "epochs": 1, "batch_size": 256}
WORD_AS_NUMBER = base64.b64encode(serialized({"distance km": byte_list([b"\xff far"])})).decode()


@pytest.fixture
def client(service: httpx.Client) -> httpx.Client:
    return service


def post(client: httpx.Client, path: str, body: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, content=content, headers={"Content-Type": "application/json"})


def test_train_then_predict(client: httpx.Client) -> None:
    job = finish(client, client.post("/v1/trainings", json={"model": "fresh", **QUICK}))
    assert job["state"] == "SUCCEEDED", job
    assert job["response"]["version"] == 1
    assert job["links"]["resource"] == "/v1/models/fresh"
    reply = post(client, "/v1/models/fresh:predict", {"instances": [{"distance km": 1e3}, {}]})
    assert reply.status_code == 200, reply.text
    assert all(0 < each < 1 for each in reply.json()["predictions"])

    finish(client, client.post("/v1/trainings", json={"model": "fresh", **QUICK}))
    wait_for(lambda: client.get("/v1/models/fresh").json()["model_version_status"][0]["state"] == "AVAILABLE")
    assert client.get("/v1/models/fresh/metadata").json()["model_spec"]["version"] == "2"


def test_cancel_publishes_nothing(client: httpx.Client, trained: Trained) -> None:
    reply = client.post("/v1/trainings", json={"model": "never", **QUICK, "epochs": 10_000})
    path = reply.headers["location"]
    progress = wait_for(lambda: (found := client.get(path).json()["progress"])["phase"] == "fit" and found)
    assert progress["details"]["epochs"] == 10_000
    assert client.post(f"{path}:cancel").status_code == 200
    assert finish(client, reply)["state"] == "CANCELLED"
    assert version_numbers(trained.storage, "never") == []
    assert not trained.storage.exists("models/never")


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"dataset": "nowhere"}, 404, "/dataset"),
        ({"epochs": 0}, 422, "/epochs"),
        ({"epoch": 1}, 422, "/epoch"),
        ({"model": "../x"}, 422, "/model"),
        ({"network": {"kind": "forest"}}, 422, "/network/kind"),
        ({"network": {"kind": "dnn", "hidden": []}}, 422, "/network/hidden"),
        ({"network": {"kind": "linear", "hidden": [1]}}, 422, "/network/hidden"),
        ({"learning_rate": -1}, 422, "/learning_rate"),
        ({"seed": 2**31}, 422, "/seed"),
        ({"features": {"class": {"scale": "robust"}}}, 422, "/features/class/scale"),
        ({"features": {"class": {"impute": {"constant": "x"}}}}, 422, "/features/class/impute"),
        ({"features": {"class": {"dtype": "int64"}}}, 422, "/features/class/dtype"),
        ({"features": {"class": {"clip": [0.9, 0.1]}}}, 422, "/features/class/clip"),
        ({"features": {"origin": {"scale": "log1p"}}}, 422, "/features/origin"),
        ({"features": {"klass": {"scale": "log1p"}}}, 422, "/features/klass"),
        ({"slices": ["class"]}, 422, "/slices/0"),
        ({"importance": {"rows": -1}}, 422, "/importance/rows"),
        ({"require": {}}, 422, "/require"),
        ({"require": {"auc": {"min": "high"}}}, 422, "/require/auc/min"),
        ({"require": {"mae": {"max": 1}}}, 422, "/require/mae"),
        ({"require": {"better_than": {"label": "champion", "metric": "r2"}}}, 422, "/require/better_than/metric"),
        ({"label": "not a name"}, 422, "/label"),
    ],
)
def test_bad_trainings(client: httpx.Client, change: dict[str, Any], status: int, pointer: str) -> None:
    reply = client.post("/v1/trainings", json={"model": "bad", **QUICK, **change})
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["errors"][0]["pointer"] == pointer


def test_models_and_versions(client: httpx.Client) -> None:
    listed = {model["name"]: model for model in client.get("/v1/models").json()["models"]}
    assert listed["m"]["versions"] == [1, 2]
    assert listed["m"]["evaluation"]["test"]["auc"] > 0.8
    status = client.get("/v1/models/m").json()["model_version_status"]
    assert status[0] == {"version": "2", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    one = client.get("/v1/models/m/versions/1").json()["model_version_status"]
    assert [each["version"] for each in one] == ["1"]


def test_metadata(client: httpx.Client) -> None:
    found = client.get("/v1/models/m/versions/1/metadata").json()
    assert found["model_spec"] == {"name": "m", "signature_name": "", "version": "1"}
    signatures = found["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"].keys() == SCHEMA.features.keys()
    assert found["tandem"]["request"]["network"] == {"kind": "linear", "l2": 0.0}
    assert client.get("/v1/models/m/metadata").json()["model_spec"]["version"] == "2"


@pytest.mark.parametrize(
    "path", ["/v1/models/x", "/v1/models/x/metadata", "/v1/models/m/versions/9", "/v1/models/m/versions/9/metadata"]
)
def test_what_is_not_there(client: httpx.Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"


def test_every_form_of_predict_agrees(client: httpx.Client) -> None:
    rows = [{"distance km": 1200.5, "class": 3, "carrier/日本": "null"}, {"class": None}, {}]
    columns = {"distance km": [1200.5, None, None], "class": [3, None, None], "carrier/日本": ["null", "", None]}
    by_row = post(client, "/v1/models/m:predict", {"instances": rows}).json()["predictions"]
    by_column = post(client, "/v1/models/m/versions/2:predict", {"inputs": columns}).json()["outputs"]
    assert by_row == by_column
    assert by_row[1] == by_row[2]
    nan = post(client, "/v1/models/m:predict", b'{"instances": [{"distance km": NaN, "class": "NA"}]}').json()
    assert nan["predictions"] == pytest.approx(by_row[1:2], rel=1e-6)
    transformed = post(client, "/v1/models/m:predict", {"instances": rows, "signature_name": "transform"}).json()
    assert transformed["predictions"][2]["categorical"] == [0, 0, 0]
    assert transformed["predictions"][2]["numeric"][-3:] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("m", {"instances": [{}, {"distance km": "far"}]}, 400, "instances[1].distance km: must be a number"),
        ("m", {"instances": [{"distence km": 1}]}, 400, "the nearest known field is 'distance km'"),
        ("m", {"instances": [{}], "signature_name": "x"}, 400, "known: serving_default, transform, examples"),
        ("m", {"instances": ["x"], "signature_name": "examples"}, 400, "Examples of raw features; row 0 is not one"),
        ("m", {"instances": [{"b64": ""}, {"b64": "////"}], "signature_name": "examples"}, 400, "row 1 is not one"),
        ("m", {"instances": [{"b64": WORD_AS_NUMBER}], "signature_name": "examples"}, 400, "tf.train.Examples of raw"),
        ("m", {"instances": [{}], "signature_name": 0}, 400, "signature_name must be text. Received: 0"),
        ("a" * 300, {"instances": [{}]}, 404, "there is no model named"),
        ("m", b"{", 400, "not JSON"),
        ("m", b"", 400, "empty"),
        ("nothing", {"instances": [{}]}, 404, "there is no model named 'nothing'"),
        ("m/versions/9", {"instances": [{}]}, 404, "model 'm' has no version 9"),
        ("m/versions/x", {"instances": [{}]}, 400, "whole number"),
    ],
)
def test_bad_predicts(client: httpx.Client, path: str, body: Any, status: int, message: str) -> None:
    reply = post(client, f"/v1/models/{path}:predict", body)
    assert reply.status_code == status, reply.text
    assert list(reply.json()) == ["error"]
    assert message in reply.json()["error"]


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
    assert pointer is None or reply.json()["errors"][0]["pointer"] == pointer


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


def test_evaluation_and_report(client: httpx.Client) -> None:
    found = client.get("/v1/models/m/versions/2/evaluation").json()
    assert found["evaluation"]["test"]["auc"] > 0.8
    assert len(found["detail"]["calibration"]) == 10
    page = client.get("/v1/models/m/versions/2/report")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "m, version 2" in page.text
    for path in ("m/versions/9/report", "m/versions/9/evaluation", "nothing/versions/1/report"):
        assert client.get(f"/v1/models/{path}").status_code == 404


def test_predict_for_a_file(client: httpx.Client, trained: Trained, source_root: Path) -> None:
    source = source_root / "rows.jsonl"
    rows = [{"id": "a", "distance km": 1200.5, "class": 3}, {"id": "b", "carrier/日本": "null"}]
    source.write_text("\n".join(map(json.dumps, rows)))
    request = {
        "name": "scored",
        "model": "m",
        "version": 1,
        "source": {"format": "jsonl", "uris": [source.name]},
        "keys": ["id"],
        "absent_columns": "missing",
        "format": "jsonl",
    }
    job = finish(client, client.post("/v1/batch-predictions", json=request))
    assert job["state"] == "SUCCEEDED", job
    assert job["links"]["resource"] == "/v1/batch-predictions/scored"
    found = client.get(job["links"]["resource"]).json()
    assert found == job["response"]
    assert found in client.get("/v1/batch-predictions").json()["predictions"]
    lines = [json.loads(line) for line in trained.storage.read(found["files"][0]["path"]).splitlines()]
    features = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    expected = post(client, "/v1/models/m/versions/1:predict", {"instances": features}).json()["predictions"]
    assert [line["id"] for line in lines] == ["a", "b"]
    assert [line["predictions"] for line in lines] == pytest.approx(expected, abs=1e-6)

    cases: list[tuple[dict[str, Any], int, str | None]] = [
        ({}, 409, "/name"),
        ({"name": "x", "model": "nothing"}, 404, "/model"),
        ({"name": "x", "version": 9}, 404, "/version"),
        ({"name": "x", "version": None, "label": "nobody"}, 404, "/label"),
        ({"name": "x", "label": "nobody"}, 422, None),
        ({"name": "x", "keys": ["id", "id"]}, 422, None),
        ({"name": "../x"}, 422, "/name"),
        ({"name": "x", "source": {"format": "orc", "uris": ["a"]}}, 422, "/source/format"),
    ]
    for change, status, pointer in cases:
        reply = client.post("/v1/batch-predictions", json={**request, **change})
        assert reply.status_code == status, reply.text
        assert pointer is None or reply.json()["errors"][0]["pointer"] == pointer
    outside = {**request, "name": "outside", "source": {"format": "jsonl", "uris": ["/etc/passwd"]}}
    job = finish(client, client.post("/v1/batch-predictions", json=outside))
    assert job["error"]["status"] == 403
    assert not trained.storage.exists("predictions/outside")
    assert client.delete("/v1/batch-predictions/scored").status_code == 204
    assert client.get("/v1/batch-predictions/scored").status_code == 404
    assert not trained.storage.exists("predictions/scored")


def test_the_openapi_page_has_examples_for_both_bodies(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    paths = document["paths"]
    assert {
        "/v1/trainings",
        "/v1/models",
        "/v1/models/{model}:predict",
        "/v1/models/{model}/versions/{version}:predict",
    } <= paths.keys()
    predict = paths["/v1/models/{model}:predict"]["post"]
    body = predict["requestBody"]["content"]["application/json"]
    assert body["examples"].keys() == {"rows", "columns"}
    error = predict["responses"]["400"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert "error" in document["components"]["schemas"][error]["properties"]
    assert {each["name"] for each in predict["parameters"]} == {"model", "explain"}
    assert paths["/v1/models/{model}/versions/{version}:predict"]["post"]["parameters"][1]["name"] == "version"
