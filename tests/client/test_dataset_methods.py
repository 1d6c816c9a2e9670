"""Requests for datasets as the client sends them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.client.scripted import Script, a_request

from contracts.schema import Numeric
from tandem import (
    Tandem,
)


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
