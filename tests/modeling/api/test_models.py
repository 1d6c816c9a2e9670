"""Models, versions and their reports over HTTP, of a real process."""

from __future__ import annotations

import httpx


def test_models_and_versions(client: httpx.Client) -> None:
    listed = {model["name"]: model for model in client.get("/v1/models").json()["models"]}
    assert listed["m"]["versions"] == [1, 2]
    assert listed["m"]["evaluation"]["test"]["auc"] > 0.8
    status = client.get("/v1/models/m").json()["model_version_status"]
    assert status[0] == {"version": "2", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    one = client.get("/v1/models/m/versions/1").json()["model_version_status"]
    assert [each["version"] for each in one] == ["1"]


def test_evaluation_and_report(client: httpx.Client) -> None:
    found = client.get("/v1/models/m/versions/2/evaluation").json()
    assert found["evaluation"]["test"]["auc"] > 0.8
    assert len(found["detail"]["calibration"]) == 10
    page = client.get("/v1/models/m/versions/2/report")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "m, version 2" in page.text
    assert 'href="/v1/models/m/versions/2/changes"' in page.text
    for path in ("m/versions/9/report", "m/versions/9/evaluation", "nothing/versions/1/report"):
        assert client.get(f"/v1/models/{path}").status_code == 404


def test_changes_are_since_the_version_before_or_any_other(client: httpx.Client) -> None:
    page = client.get("/v1/models/m/versions/2/changes")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>m: version 2 since version 1</h1>" in page.text
    assert "network.kind" in page.text
    back = client.get("/v1/models/m/versions/1/changes", params={"since": 2})
    assert "<h1>m: version 1 since version 2</h1>" in back.text
    alone = client.get("/v1/models/m/versions/1/changes")
    assert alone.status_code == 404
    assert "has no version before 1" in alone.json()["detail"]
    for path in ("m/versions/9/changes", "m/versions/2/changes?since=9", "nothing/versions/1/changes"):
        assert client.get(f"/v1/models/{path}").status_code == 404


def test_a_models_status_has_what_kserves_first_protocol_reads(client: httpx.Client) -> None:
    status = client.get("/v1/models/m").json()
    assert (status["name"], status["ready"]) == ("m", True)
    assert set(client.get("/v1/models/m/versions/1").json()) == {"model_version_status"}
    assert client.get("/").json()["status"] == "alive"
