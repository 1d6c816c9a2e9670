"""The description of the Open Inference Protocol: its examples fit, and so do the replies of the running service."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema_rs
import pytest
from tests.modeling.api.openapi.schemas import complete

from modeling.api.openapi.open_inference import (
    INFER_OPENAPI,
    LIVE_OPENAPI,
    METADATA_OPENAPI,
    MODEL_READY_OPENAPI,
    READY_OPENAPI,
    SERVER_OPENAPI,
)

ROUTES = {
    "/v2": SERVER_OPENAPI,
    "/v2/health/live": LIVE_OPENAPI,
    "/v2/health/ready": READY_OPENAPI,
    "/v2/models/m": METADATA_OPENAPI,
    "/v2/models/m/versions/1": METADATA_OPENAPI,
    "/v2/models/m/ready": MODEL_READY_OPENAPI,
}
BODY: dict[str, Any] = INFER_OPENAPI["requestBody"]["content"]["application/json"]


def reply_of(operation: dict[str, Any], status: str = "200") -> dict[str, Any]:
    return operation["responses"][status]["content"]["application/json"]


@pytest.mark.parametrize("operation", [INFER_OPENAPI, *ROUTES.values()])
def test_examples_of_replies_fit_their_schemas(operation: dict[str, Any]) -> None:
    for status in operation["responses"]:
        jsonschema_rs.validate(complete(reply_of(operation, status)["schema"]), reply_of(operation, status)["example"])


def test_the_example_of_a_body_fits_and_wrong_ones_do_not() -> None:
    schema = complete(BODY["schema"])
    jsonschema_rs.validate(schema, BODY["example"])
    tensor = BODY["example"]["inputs"][0]
    for wrong in (
        {"inputs": []},
        {"inputs": [{**tensor, "datatype": "FP128"}]},
        {"inputs": [{**tensor, "shape": []}]},
        {"inputs": [{name: value for name, value in tensor.items() if name != "shape"}]},
        {"inputs": [tensor], "output": []},
    ):
        assert not jsonschema_rs.is_valid(schema, wrong)


@pytest.mark.parametrize("path", ROUTES)
def test_replies_of_the_running_service_fit_the_description(client: httpx.Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 200
    jsonschema_rs.validate(reply_of(ROUTES[path])["schema"], reply.json())


def test_an_inference_of_the_running_service_fits_the_description(client: httpx.Client) -> None:
    body = {
        "id": "7",
        "inputs": [{"name": "class", "shape": [2, 1], "datatype": "INT32", "data": [[3], [4]]}],
        "outputs": [{"name": "predictions"}],
    }
    jsonschema_rs.validate(complete(BODY["schema"]), body)
    reply = client.post("/v2/models/m/infer?explain=inputs", json=body)
    assert reply.status_code == 200, reply.text
    jsonschema_rs.validate(complete(reply_of(INFER_OPENAPI)["schema"]), reply.json())
    assert (reply.json()["id"], reply.json()["outputs"][0]["shape"]) == ("7", [2])
