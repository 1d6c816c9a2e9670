"""Trainings over HTTP: a job that publishes a version, one that is cancelled, and requests that are refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.modeling.api.asking import QUICK, post
from tests.modeling.live import finish
from tests.modeling.trained import Trained
from tests.processes import wait_until

from modeling.repository.folders import version_numbers


def test_train_then_predict(client: httpx.Client) -> None:
    job = finish(client, client.post("/v1/trainings", json={"model": "fresh", **QUICK}))
    assert job["state"] == "SUCCEEDED", job
    assert job["response"]["version"] == 1
    assert job["links"]["resource"] == "/v1/models/fresh"
    reply = post(client, "/v1/models/fresh:predict", {"instances": [{"distance km": 1e3}, {}]})
    assert reply.status_code == 200, reply.text
    assert all(0 < each < 1 for each in reply.json()["predictions"])

    finish(client, client.post("/v1/trainings", json={"model": "fresh", **QUICK}))
    wait_until(lambda: client.get("/v1/models/fresh").json()["model_version_status"][0]["state"] == "AVAILABLE")
    assert client.get("/v1/models/fresh/metadata").json()["model_spec"]["version"] == "2"


def test_cancel_publishes_nothing(client: httpx.Client, trained: Trained) -> None:
    reply = client.post("/v1/trainings", json={"model": "never", **QUICK, "epochs": 10_000})
    path = reply.headers["location"]
    progress = wait_until(lambda: (found := client.get(path).json()["progress"])["phase"] == "fit" and found)
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
        ({"features": {"class": {"impute": {"constant": "x"}}}}, 422, "/features/class/impute/constant"),
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
