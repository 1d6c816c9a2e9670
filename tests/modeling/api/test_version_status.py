"""Status and metadata of models and versions, as TensorFlow Serving has them."""

from __future__ import annotations

import httpx
import pytest
from tests.modeling.made import SCHEMA


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
