"""The description of predict: its examples are bodies that it takes and replies that it gives."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema_rs
import pytest
from tests.modeling.api.openapi.schemas import complete

from modeling.api.openapi.predict import CLASSIFY_OPENAPI, ERRORS, PREDICT_OPENAPI, REGRESS_OPENAPI


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
    assert {each["name"] for each in predict["parameters"]} == {"model", "explain", "class"}
    assert paths["/v1/models/{model}/versions/{version}:predict"]["post"]["parameters"][1]["name"] == "version"


VERBS = {"predict": PREDICT_OPENAPI, "classify": CLASSIFY_OPENAPI, "regress": REGRESS_OPENAPI}


@pytest.mark.parametrize("verb", VERBS)
def test_examples_of_bodies_and_replies_fit_their_schemas(verb: str) -> None:
    operation = VERBS[verb]
    body = operation["requestBody"]["content"]["application/json"]
    for example in body["examples"].values():
        jsonschema_rs.validate(complete(body["schema"]), example["value"])
    for reply in operation["responses"].values():
        content = reply["content"]["application/json"]
        jsonschema_rs.validate(complete(content["schema"]), content["example"])


BODIES: dict[str, list[dict[str, Any]]] = {
    "predict": [{"instances": [{"class": 3}, {}]}, {"inputs": {"class": [3, None]}}],
    "classify": [{"examples": [{"class": 3}, {}], "context": {"origin": "x"}}],
    "regress": [{"examples": [{"class": 3}, {}]}],
}


@pytest.mark.parametrize("verb", BODIES)
def test_replies_of_the_running_service_fit_the_description(client: httpx.Client, verb: str) -> None:
    reply_schema = VERBS[verb]["responses"]["200"]["content"]["application/json"]["schema"]
    for body in BODIES[verb]:
        jsonschema_rs.validate(complete(VERBS[verb]["requestBody"]["content"]["application/json"]["schema"]), body)
        reply = client.post(f"/v1/models/m:{verb}?explain=inputs", json=body)
        assert reply.status_code == 200, reply.text
        jsonschema_rs.validate(complete(reply_schema), reply.json())
        assert "explanations" in reply.json()
    error = client.post(f"/v1/models/m:{verb}", json={})
    assert error.status_code == 400
    assert {"400", "404", "429", "503", "504", "default"} <= ERRORS.keys()
    jsonschema_rs.validate(complete(ERRORS["400"]["content"]["application/json"]["schema"]), error.json())


@pytest.mark.parametrize(
    "wrong", [{"instances": []}, {"rows": [{}]}, {"inputs": {"class": 3}}, {"instances": [{}], "signature_name": "x"}]
)
def test_bodies_that_are_refused_do_not_fit(client: httpx.Client, wrong: dict[str, Any]) -> None:
    assert client.post("/v1/models/m:predict", json=wrong).status_code == 400
    schema = complete(PREDICT_OPENAPI["requestBody"]["content"]["application/json"]["schema"])
    assert not jsonschema_rs.is_valid(schema, wrong)
