"""Requests for datasets as the client sends them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from tests.client.scripted import Script, a_request

from contracts.schema import Numeric
from preprocessing.api.schemas import PATIENCE_SECONDS
from preprocessing.proposals.labels import label_candidates
from tandem import NotFound, Tandem


def test_a_request_leaves_out_what_is_left_to_the_service_and_keeps_null_where_it_is_a_value(
    client: Tandem, service: Script
) -> None:
    client.create_dataset(a_request(features={"distance": Numeric()}))
    (body,) = service.bodies
    assert body.keys() == {"name", "source", "label", "features"}
    assert body["source"]["quote"] is None
    assert body["features"]["distance"]["kind"] == "numeric"


def test_a_mapping_is_sent_as_it_is(client: Tandem, service: Script) -> None:
    body = {"name": "x", "label": None, "unknown": [1]}
    client.create_dataset(body)
    assert service.bodies == [body]


def test_a_slip_in_a_typed_request_is_found_before_it_is_sent() -> None:
    with pytest.raises(ValidationError, match="recods"):
        a_request(recods="raw")


def test_a_proposal_may_take_longer_than_the_service_waits(client: Tandem, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[httpx.Request] = []
    answer = httpx.Client.send

    def send(http: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        requests.append(request)
        return answer(http, request, **options)

    monkeypatch.setattr(httpx.Client, "send", send)
    with pytest.raises(NotFound):
        client.infer_dataset(["a.csv"])
    (request,) = requests
    assert request.extensions["timeout"]["read"] > 2 * (PATIENCE_SECONDS + label_candidates.SECONDS)
