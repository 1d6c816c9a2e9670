"""A table as people type it, over HTTP: affixes, marks, spaces and spellings, from the proposal to predictions."""

from __future__ import annotations

import json
from typing import Any

import httpx
import numpy as np
import pytest
from tests.system.servers import Server

from tandem.client import Tandem

Pair = tuple[Server, Server]


def messy_rows(rows: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[int]]:
    """Return rows as typed, the same as values, and labels; price and answer decide the label."""
    draw = np.random.default_rng(7)
    prices = np.round(draw.uniform(5, 4000, rows), 2)
    discounts = draw.integers(0, 60, rows)
    answers = draw.random(rows) < 0.5
    labels = ((prices > 2000) ^ (draw.random(rows) < 0.1)) | (answers & (draw.random(rows) < 0.5))
    spellings = {True: ["Yes", "yes", "YES"], False: ["No", "no", "NO"]}
    typed, values = [], []
    for price, discount, answer, choice in zip(prices, discounts, answers, draw.integers(0, 3, rows), strict=True):
        typed.append(
            {"price": f"${price:,.2f}", "discount": f"{discount} %", "answer": spellings[bool(answer)][choice]}
        )
        values.append({"price": float(price), "discount": int(discount), "answer": "yes" if answer else "no"})
    return typed, values, labels.astype(int).tolist()


def test_what_people_type_is_proposed_trained_and_predicted(tandem: Tandem, pair: Pair) -> None:
    typed, values, labels = messy_rows(2000)
    lines = [
        f'"{row["price"]}", {row["discount"]}, {row["answer"]}, {label}'
        for row, label in zip(typed, labels, strict=True)
    ]
    text = "\n".join(["price, discount, answer, sold", *lines]) + "\n"
    (pair[0].sources / "typed.csv").write_text(text)
    proposal = tandem.infer_dataset(["typed.csv"], {"label": {"column": "sold"}})
    request: dict[str, Any] = proposal.request
    assert request["source"]["skip_initial_space"]
    features = request["features"]
    assert (features["price"]["kind"], features["price"]["prefix"]) == ("numeric", "$")
    assert (features["discount"]["kind"], features["discount"]["suffix"]) == ("numeric", "%")
    assert features["answer"]["fold_case"]
    made = tandem.wait(tandem.create_dataset({**request, "name": "typed"})).response
    assert made is not None
    trained = tandem.wait(tandem.train({"model": "typed", "dataset": "typed", "epochs": 8})).response
    assert trained is not None
    assert trained["evaluation"]["test"]["auc"] > 0.85
    by_values: list[Any] = tandem.predict("typed", values)
    assert tandem.predict("typed", typed) == by_values
    explained = httpx.post(f"{pair[1].url}/v1/models/typed:predict?explain=inputs", json={"instances": typed}).json()[
        "explanations"
    ]
    reasons = {reason for row in explained for entry in row.values() for reason in entry["reasons"]}
    assert reasons <= {"outside_training_range"}, "nothing is missing or out of vocabulary"
    (pair[1].sources / "typed.csv").write_text(text)
    batch = {"name": "typed", "model": "typed", "format": "jsonl", "source": request["source"]}
    tandem.wait(tandem.predict_files(batch))
    (file,) = tandem.batch_prediction("typed")["files"]
    written = [json.loads(line) for line in (pair[1].storage / file["path"]).read_text().splitlines()]
    assert [line["predictions"] for line in written] == pytest.approx(by_values, abs=1e-6)
