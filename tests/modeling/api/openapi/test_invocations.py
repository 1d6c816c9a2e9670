"""The description of the routes that name no model: its examples are read, and its replies are given."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema_rs
import pytest
from tests.modeling.api.openapi.schemas import complete

from modeling.api.openapi.invocations import INVOCATIONS_OPENAPI, PING_OPENAPI
from modeling.protocols import invocations

CONTENT: dict[str, Any] = INVOCATIONS_OPENAPI["requestBody"]["content"]


@pytest.mark.parametrize("name", CONTENT["application/json"]["examples"])
def test_examples_of_bodies_fit_their_schema(name: str) -> None:
    body = CONTENT["application/json"]
    jsonschema_rs.validate(complete(body["schema"]), body["examples"][name]["value"])


def test_every_described_kind_of_body_is_read() -> None:
    for kind in CONTENT:
        invocations.invoke(b"", invocations.Headers(kind, ""))


BODIES: list[Any] = [
    {"dataframe_split": {"columns": ["class", "origin"], "index": [0], "data": [[3, "x"], [None, ""]]}},
    {"dataframe_records": [{"class": 3}, {}]},
    {"instances": [{"class": 3}, {}], "parameters": {"explain": "inputs"}},
    {"inputs": {"class": [3, None]}, "params": {"explain": "inputs"}},
    [{"class": 3}, {}],
]


@pytest.mark.parametrize("body", BODIES)
def test_replies_of_the_running_service_fit_the_description(client: httpx.Client, body: Any) -> None:
    jsonschema_rs.validate(complete(CONTENT["application/json"]["schema"]), body)
    names = [model["name"] for model in client.get("/v1/models").json()["models"]]
    reply = client.post("/invocations", json=body)
    if len(names) > 1:  # other tests of this folder train some
        assert reply.status_code == 404
        assert "set TANDEM_DEFAULT_MODEL" in reply.json()["error"]
        return
    assert reply.status_code == 200, reply.text
    schema = INVOCATIONS_OPENAPI["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.validate(complete(schema), reply.json())


def test_the_state_of_the_running_service_fits_the_description(client: httpx.Client) -> None:
    content = PING_OPENAPI["responses"]["200"]["content"]["application/json"]
    for path in ("/ping", "/health"):
        assert client.get(path).json() == content["example"]
    for reply in PING_OPENAPI["responses"].values():
        described = reply["content"]["application/json"]
        jsonschema_rs.validate(described["schema"], described["example"])
