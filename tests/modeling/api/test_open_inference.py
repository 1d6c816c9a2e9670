"""The Open Inference Protocol's routes on the running service: metadata and readiness, by version and by label."""

from __future__ import annotations

import httpx
import pytest
from tests.modeling.made import SCHEMA

from modeling.api.open_inference import version_in_path


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        (None, {}),
        ("7", {"version": 7}),
        ("champion", {"label": "champion"}),
        ("1.0", {"label": "1.0"}),
        ("9" * 20, {"label": "9" * 20}),
        ("²", {"label": "²"}),
    ],
)
def test_a_version_is_a_number_or_a_label(text: str | None, chosen: dict[str, object]) -> None:
    assert version_in_path(text) == chosen


def test_the_server_names_itself_and_its_extensions(client: httpx.Client) -> None:
    found = client.get("/v2").json()
    assert (found["name"], found["extensions"]) == (
        "tandem",
        ["binary_tensor_data", "model_repository", "model_configuration", "statistics"],
    )
    assert found["version"] == client.get("/openapi.json").json()["info"]["version"]


def test_tensors_of_a_model_and_of_a_version(client: httpx.Client) -> None:
    model, version = client.get("/v2/models/m").json(), client.get("/v2/models/m/versions/1").json()
    assert [tensor["name"] for tensor in model["inputs"]] == list(SCHEMA.features)
    assert {tensor["datatype"] for tensor in model["inputs"]} == {"FP32", "BYTES"}
    assert (version["name"], version["inputs"]) == ("m", model["inputs"])
    assert model["versions"][:2] == ["1", "2"]


def test_a_label_is_a_version_too_while_it_is_there(client: httpx.Client) -> None:
    base = "/v1/models/m/labels/in-the-protocol"
    assert client.get("/v2/models/m/versions/in-the-protocol/ready").status_code == 404
    made = client.put(base, json={"version": 1}, headers={"If-None-Match": "*"})
    assert client.get("/v2/models/m/versions/in-the-protocol/ready").json() == {"name": "m", "ready": True}
    client.delete(base, headers={"If-Match": made.headers["etag"]})


@pytest.mark.parametrize("path", ["nothing", "nothing/ready", "m/versions/99", "m/versions/99/ready"])
def test_what_is_not_there(client: httpx.Client, path: str) -> None:
    reply = client.get(f"/v2/models/{path}")
    assert reply.status_code == 404
    assert list(reply.json()) == ["error"]
