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
    for path in ("m/versions/9/report", "m/versions/9/evaluation", "nothing/versions/1/report"):
        assert client.get(f"/v1/models/{path}").status_code == 404
