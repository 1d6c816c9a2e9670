"""A model of several classes and a model of numbers over HTTP: real services, from a raw file of penguins to predictions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.quality.penguins import dataset_request, write_penguins
from tests.system.servers import Server

from tandem.client import Tandem

Pair = tuple[Server, Server]

BIRD = {
    "island": "Biscoe",
    "bill_length_mm": 50.0,
    "bill_depth_mm": 15.0,
    "flipper_length_mm": 225,
    "body_mass_g": 5500,
    "sex": "male",
}


def test_species_of_penguins(tandem: Tandem, pair: Pair) -> None:
    write_penguins(pair[0].sources)
    tandem.wait(tandem.create_dataset({**dataset_request(), "name": "species"}))
    response = tandem.wait(
        tandem.train(
            {
                "model": "species",
                "dataset": "species",
                "epochs": 30,
                "class_weights": "balanced",
                "require": {"accuracy": {"min": 0.9}},
            }
        )
    ).response
    assert response is not None
    assert response["gate"]["passed"]
    assert response["evaluation"]["confusion"]["classes"] == ["Adelie", "Chinstrap", "Gentoo"]
    answers: list[Any] = tandem.predict("species", [BIRD, {}])
    assert answers[0]["class"] == "Gentoo"
    assert answers[0]["class_id"] == 2
    assert answers[0]["probabilities"][2] > 0.9
    assert sum(answers[1]["probabilities"]) == pytest.approx(1, abs=1e-5)
    found = httpx.post(f"{pair[1].url}/v1/models/species:classify", json={"examples": [BIRD]}).json()
    assert [label for label, _ in found["results"][0]] == ["Adelie", "Chinstrap", "Gentoo"]
    assert httpx.post(f"{pair[1].url}/v1/models/species:regress", json={"examples": [BIRD]}).status_code == 400
    refused = httpx.post(
        f"{pair[1].url}/v1/trainings", json={"model": "species", "dataset": "species", "class_weights": {"Emperor": 2}}
    )
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/class_weights/Emperor")
    assert "predicted Chinstrap" in httpx.get(f"{pair[1].url}/v1/models/species/versions/1/report").text


def test_mass_of_penguins(tandem: Tandem, pair: Pair) -> None:
    write_penguins(pair[0].sources)
    label = {"column": "body_mass_g", "kind": "regression"}
    tandem.wait(tandem.create_dataset({**dataset_request("none"), "name": "mass", "label": label}))
    response = tandem.wait(
        tandem.train(
            {"model": "mass", "dataset": "mass", "epochs": 30, "require": {"rmse": {"max": 500}, "r2": {"min": 0.6}}}
        )
    ).response
    assert response is not None
    assert response["gate"]["passed"]
    assert response["evaluation"]["baseline"]["rmse"] > 600
    row = {name: value for name, value in BIRD.items() if name != "body_mass_g"}
    heavy: list[Any] = tandem.predict("mass", [{**row, "species": "Gentoo"}, {}])
    assert heavy[0] == pytest.approx(5500, abs=700)
    assert 2500 < heavy[1] < 6500
    assert "root mean squared error" in httpx.get(f"{pair[1].url}/v1/models/mass/versions/1/report").text
    refused = httpx.post(
        f"{pair[1].url}/v1/trainings", json={"model": "mass", "dataset": "mass", "require": {"auc": {"min": 0.7}}}
    )
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/require/auc")


def test_a_label_that_cannot_be_learned_names_its_column(tandem: Tandem, pair: Pair) -> None:
    write_penguins(pair[0].sources)
    body = {**dataset_request(), "name": "text", "label": {"column": "sex", "kind": "regression"}}
    *_, failed = tandem.follow(tandem.create_dataset(body))
    assert failed.error is not None
    assert "male" in str(failed.error)
    assert "line 2" in str(failed.error)
