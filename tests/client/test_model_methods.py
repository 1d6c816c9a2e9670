"""Trainings as the client sends them."""

from __future__ import annotations

from tests.client.scripted import Script

from tandem import (
    Dnn,
    Tandem,
    TrainingRequest,
)


def test_a_training_request_names_its_network(client: Tandem, service: Script) -> None:
    client.train(TrainingRequest(model="flights", dataset="flights", network=Dnn(kind="dnn", hidden=[8])))
    assert service.bodies[0]["network"] == {"kind": "dnn", "hidden": [8]}
    assert "epochs" not in service.bodies[0]
