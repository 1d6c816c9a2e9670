"""A model of several classes and a model of numbers over HTTP: real services, from a raw file of penguins to predictions."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.metrics import roc_auc_score
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


def pandas_table(rows: int) -> pd.DataFrame:
    """Ids with gaps and booleans that decide the label, as pandas holds them."""
    draw = np.random.default_rng(5)
    store = draw.integers(101, 109, rows).astype(np.float64)
    member = draw.random(rows) < 0.5
    late = (draw.random(rows) < np.where(member, 0.9, 0.1)) ^ (store > 106)
    store[draw.random(rows) < 0.1] = np.nan
    members = [None if gap else bool(value) for gap, value in zip(draw.random(rows) < 0.1, member, strict=True)]
    return pd.DataFrame({"id": range(rows), "store": store, "member": members, "late": late.astype(int)})


def test_a_table_that_pandas_wrote_is_known_in_every_form(tandem: Tandem, pair: Pair) -> None:
    table = pandas_table(1500)
    table.to_csv(pair[0].sources / "pandas.csv", index=False)
    features = {"store": {"kind": "categorical"}, "member": {"kind": "categorical"}}
    request: dict[str, Any] = {"name": "pandas", "source": {"format": "csv", "uris": ["pandas.csv"]}}
    request |= {"label": {"column": "late"}, "features": features, "exclude": ["id"]}
    made = tandem.wait(tandem.create_dataset(request)).response
    assert made is not None
    assert [(found["feature"], found["kind"]) for found in made["warnings"]] == [
        ("store", "respelled"),
        ("member", "respelled"),
    ]
    trained = tandem.wait(tandem.train({"model": "pandas", "dataset": "pandas", "epochs": 8})).response
    assert trained is not None
    auc = trained["evaluation"]["test"]["auc"]
    assert auc > 0.85
    values: list[dict[str, Any]] = json.loads(str(table[["store", "member"]].to_json(orient="records")))
    by_values: list[Any] = tandem.predict("pandas", values)
    assert roc_auc_score(table["late"], by_values) == pytest.approx(auc, abs=0.06)
    texts = [{name: "" if value is None else str(value) for name, value in row.items()} for row in values]
    assert tandem.predict("pandas", texts) == by_values
    model = f"{pair[1].url}/v1/models/pandas"
    explained = httpx.post(f"{model}:predict?explain=inputs", json={"instances": values}).json()["explanations"]
    reasons = {reason for row in explained for entry in row.values() for reason in entry["reasons"]}
    assert reasons == {"missing"}, "no token is out of vocabulary"
    table.to_parquet(pair[1].sources / "pandas.parquet")
    batch = {"name": "pandas", "model": "pandas", "keys": ["id"], "format": "jsonl"}
    tandem.wait(tandem.predict_files({**batch, "source": {"format": "parquet", "uris": ["pandas.parquet"]}}))
    (file,) = tandem.batch_prediction("pandas")["files"]
    lines = [json.loads(line) for line in (pair[1].storage / file["path"]).read_text().splitlines()]
    assert [line["predictions"] for line in lines] == pytest.approx(by_values, abs=1e-6)
    examples = [tf.train.Example(features=tf.train.Features(feature=_features(row))) for row in texts]
    encoded = [{"b64": b64encode(example.SerializeToString()).decode()} for example in examples]
    body = {"signature_name": "examples", "instances": [{"examples": example} for example in encoded]}
    assert httpx.post(f"{model}:predict", json=body).json()["predictions"] == pytest.approx(by_values, abs=1e-6)


def _features(row: dict[str, str]) -> dict[str, tf.train.Feature]:
    present = {name: value.encode() for name, value in row.items() if value}
    return {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value])) for name, value in present.items()}
