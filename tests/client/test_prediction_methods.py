"""Predictions through the client."""

from __future__ import annotations

from tests.client.scripted import Script

from tandem import (
    Tandem,
)


def test_predict_gives_a_value_per_row(client: Tandem, service: Script) -> None:
    assert client.predict("flights", [{"distance": None}, {}]) == [0.25, 0.25]
    assert service.bodies == [{"instances": [{"distance": None}, {}]}]
