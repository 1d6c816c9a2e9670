"""Skew over HTTP and by command, of what a running service has logged."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from tests.modeling.api.asking import pointer_of
from tests.modeling.live import running
from tests.modeling.made_records import numbers
from tests.modeling.skew.logged import by_name
from tests.modeling.trained import Trained
from typer.testing import CliRunner

from contracts.messages.skew import Skew
from tandem.cli import app


@pytest.fixture(scope="module")
def client(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("skew")
    with running(
        trained.storage, folder, TANDEM_PREDICTION_LOG="1", TANDEM_PREDICTION_LOG_REDACTED="always,m.constant"
    ) as client:
        yield client


def test_predictions_are_compared_with_the_training_over_http(client: httpx.Client, trained: Trained) -> None:
    assert client.post("/v1/models/m:skew", json={"version": 1}).status_code == 409
    numeric = numbers(trained.made.of("train"), "distance km")
    columns = {"distance km": [None if math.isnan(each) else float(each) for each in numeric.tolist()]}
    assert client.post("/v1/models/m:predict", json={"inputs": columns}).status_code == 200
    for _ in range(20):
        assert client.post("/v1/models/m:predict", json={"instances": [{"distance km": 9e9}]}).status_code == 200
    for body in (b"{}", b""):
        reply = client.post("/v1/models/m:skew", content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code == 200, reply.text
        found = Skew.model_validate_json(reply.content)
        assert found.rows == [len(numeric) + 20, 2000]
        assert (found.model, found.version) == ("m", 2)
        drifts = by_name(found)
        assert drifts["class"].missing_share[0] == 1.0
        assert drifts["distance km"].l_infinity == pytest.approx(20 / (np.isfinite(numeric).sum() + 20), abs=1e-3)
        assert [each.feature for each in found.not_compared] == ["constant", "always"]
    text = client.get("/metrics").text
    assert 'tandem_predict_requests_total{model="m",version="2"} 21.0' in text
    assert 'tandem_prediction_log_rows_total{outcome="written"} 2020.0' in text
    assert 'tandem_model_versions_loaded{model="m",version="2"} 1.0' in text


def test_a_person_asks_by_command(client: httpx.Client) -> None:
    client.post("/v1/models/m:predict", json={"instances": [{"origin": "[/]<b>new"}]})
    url = str(client.base_url)
    shown = CliRunner().invoke(app, ["skew", "m", "--modeling", url], env={"COLUMNS": "300"})
    assert shown.exit_code == 0, shown.output
    assert "m, version 2: " in shown.output
    assert "1 (100.0%): '[/]<b>new'" in shown.output
    assert "always is not compared: it was redacted in the log" in shown.output
    as_json = CliRunner().invoke(app, ["skew", "m", "--json", "--jensen-shannon", "1", "--modeling", url])
    assert "jensen_shannon" not in json.loads(as_json.output)["features"][0]["exceeded"]
    nothing = CliRunner().invoke(app, ["skew", "m", "--since", "2100-01-01", "--modeling", url])
    assert nothing.exit_code == 1
    assert "no row served by version 2" in nothing.output


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        ("nothing", {}, 404, "/model"),
        ("m", {"version": 99}, 404, "/version"),
        ("m", {"label": "nobody"}, 404, "/label"),
        ("m", {"version": 1, "label": "x"}, 422, ""),
        ("m", {"since": "yesterday"}, 422, "/since"),
        ("m", {"since": "0001-01-01T00:00:00+14:00"}, 422, "/since"),
        ("m", {"thresholds": {"features": {"nosuch": {}}}}, 422, "/thresholds/features/nosuch"),
        ("m", {"thresholds": {"l_infinity": 2}}, 422, "/thresholds/l_infinity"),
        ("m", {"sinse": None}, 422, "/sinse"),
    ],
)
def test_bad_requests(client: httpx.Client, path: str, body: Any, status: int, pointer: str | None) -> None:
    reply = client.post(f"/v1/models/{path}:skew", json=body)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert pointer_of(reply) == pointer
