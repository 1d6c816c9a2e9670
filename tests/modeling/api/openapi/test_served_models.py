"""The document of a running service, and its page as a person meets it: open, expand, try it out, get a prediction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from tests.chromium import PROGRAM, Page
from tests.modeling.made import SCHEMA
from tests.modeling.trained import Trained
from tests.processes import wait_until

PATH = "/v1/models/m:predict"
BLOCK = ".opblock[id*='predict-m']"


@pytest.fixture
def client(service: httpx.Client) -> httpx.Client:
    return service


def document(client: httpx.Client) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def test_each_model_has_a_path_of_its_own_and_every_example_works(client: httpx.Client) -> None:
    found = document(client)
    first = next(iter(found["paths"]))  # that of a model, which tests before this one may have trained, too
    assert first.startswith("/v1/models/")
    assert "{" not in first
    assert PATH in found["paths"]
    assert "/v1/models/{model}:predict" in found["paths"]
    operation = found["paths"][PATH]["post"]
    assert operation["summary"] == "Predict with m (version 2)"
    body = operation["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": found["components"]}
    assert body["schema"]["properties"]["signature_name"]["enum"] == ["serving_default", "transform"]
    replies: list[Any] = []
    for example in body["examples"].values():
        jsonschema_rs.validate(schema, example["value"])
        reply = client.post(PATH, json=example["value"])
        assert reply.status_code == 200, reply.text
        replies.append(reply.json())
    assert replies[0]["predictions"][0] == replies[1]["predictions"][0] == replies[2]["outputs"][0]
    assert replies[1]["predictions"][1] != replies[0]["predictions"][0]
    described = operation["responses"]["200"]["content"]["application/json"]
    for reply in (replies[0], described["example"]):
        jsonschema_rs.validate(described["schema"], reply)
    assert type(described["example"]["predictions"][0]) is type(replies[0]["predictions"][0])
    said = [
        found["content"]["application/json"]["example"]["error"]
        for found in operation["responses"].values()
        if found is not operation["responses"]["200"]
    ]
    assert len(set(said)) == len(said), "each error has an example of its own"
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, {"instances": [{"distence": 1}]})


def test_the_row_says_what_the_version_was_trained_on(client: httpx.Client, trained: Trained) -> None:
    row = document(client)["components"]["schemas"]["m-2-row"]
    assert list(row["properties"]) == list(SCHEMA.features)
    seen = trained.made.statistics.numeric("distance km")
    words = row["properties"]["distance km"]["description"]
    assert f"In training {seen.min:,.6g} to {seen.max:,.6g}" in words
    assert f"becomes the mean of training, {seen.mean:,.6g}, and its indicator is 1." in words
    top = trained.made.statistics.categorical("origin").top[0]
    assert f"`{top.text}`" in row["properties"]["origin"]["description"]
    assert row["properties"]["origin"]["examples"] == [top.text]


def test_a_label_has_a_path_while_it_is_there(client: httpx.Client) -> None:
    made = client.put("/v1/models/m/labels/shown", json={"version": 1}, headers={"If-None-Match": "*"})
    found = document(client)
    operation = found["paths"]["/v1/models/m/labels/shown:predict"]["post"]
    assert operation["summary"] == "Predict with m, shown (version 1)"
    assert "m-1-row" in found["components"]["schemas"]
    client.delete("/v1/models/m/labels/shown", headers={"If-Match": made.headers["etag"]})
    wait_until(lambda: "/v1/models/m/labels/shown:predict" not in document(client)["paths"])
    assert "m-1-row" not in document(client)["components"]["schemas"]


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [1280, 390])
def test_open_expand_try_it_out_and_get_a_prediction(
    client: httpx.Client, tab: Page, tmp_path: Path, width: int
) -> None:
    base = str(client.base_url).rstrip("/")
    tab.events.clear()
    tab.open(f"{base}/docs", width=width)
    wait_until(lambda: tab.evaluate(f"document.querySelector({json.dumps(BLOCK)}) !== null"))
    tab.click(f"{BLOCK} button.opblock-summary-control")
    wait_until(lambda: tab.evaluate(f"document.querySelector({json.dumps(BLOCK + ' .try-out__btn')}) !== null"))
    shown = tab.evaluate(f"document.querySelector({json.dumps(BLOCK)}).innerText")
    assert "A row in the middle of the training data" in shown
    tab.screenshot(tmp_path / f"expanded-{width}.png")
    tabs = f"document.querySelectorAll({json.dumps(BLOCK + ' .opblock-section-request-body .tablinks')})"
    tab.evaluate(f"{tabs}[1].click()")
    schema = f"document.querySelector({json.dumps(BLOCK + ' .opblock-section-request-body')})"
    wait_until(lambda: "It becomes the mean of training" in tab.evaluate(f"{schema}.innerText"))
    assert all(name in tab.evaluate(f"{schema}.innerText") for name in SCHEMA.features)
    tab.evaluate(f"{tabs}[1].scrollIntoView()")
    tab.screenshot(tmp_path / f"schema-{width}.png")
    tab.evaluate(f"{tabs}[0].click()")
    tab.click(f"{BLOCK} .try-out__btn")
    wait_until(lambda: tab.evaluate(f"document.querySelector({json.dumps(BLOCK + ' textarea')}) !== null"))
    sent = json.loads(tab.evaluate(f"document.querySelector({json.dumps(BLOCK + ' textarea')}).value"))
    assert sent["instances"][0].keys() == SCHEMA.features.keys()
    tab.click(f"{BLOCK} .execute")
    reply = f"document.querySelector({json.dumps(BLOCK + ' .live-responses-table .response .highlight-code')})"
    wait_until(lambda: tab.evaluate(f"{reply} !== null && {reply}.innerText.includes('predictions')"))
    text: str = tab.evaluate(f"{reply}.innerText")
    found = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert found == client.post(PATH, json=sent).json()
    tab.evaluate(f"{reply}.scrollIntoView({{block: 'center'}})")
    tab.screenshot(tmp_path / f"predicted-{width}.png")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width, "nothing is wider than the window"
    said = [event for event in tab.events if event["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}]
    assert said == []
    asked = [
        event["params"]["request"]["url"] for event in tab.events if event["method"] == "Network.requestWillBeSent"
    ]
    assert all(url.startswith((base, "data:", "chrome:")) for url in asked), asked
