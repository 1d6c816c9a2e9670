"""A table as people type it, over HTTP: affixes, marks, spaces and spellings, from the proposal to predictions."""

from __future__ import annotations

import json
from typing import Any

import httpx
import numpy as np
import pandas as pd
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


def test_a_table_that_pandas_wrote_is_predicted_alike_from_every_format(tandem: Tandem, pair: Pair) -> None:
    """pandas writes whole numbers of a column with gaps as `101.0`, and booleans as `True`."""
    draw = np.random.default_rng(3)
    table = pd.DataFrame({"store": draw.integers(100, 110, 1000), "member": draw.random(1000) < 0.5})
    table["price"] = draw.normal(9, 2, 1000).round(3)
    table["sold"] = ((table["store"] % 2 == 0) ^ table["member"]).astype(int)
    gaps = table.assign(store=table["store"].where(draw.random(1000) < 0.9))
    for server in pair:
        gaps.to_csv(server.sources / "from_pandas.csv", index=False)
    features = {"store": {"kind": "categorical"}, "member": {"kind": "categorical"}}
    source = {"format": "csv", "uris": ["from_pandas.csv"]}
    dataset = {"name": "from-pandas", "source": source, "label": {"column": "sold"}, "features": features}
    made = tandem.wait(tandem.create_dataset(dataset)).response
    assert made is not None
    assert {warning["feature"] for warning in made["warnings"]} >= {"store", "member"}
    request = {"model": "from-pandas", "dataset": "from-pandas", "network": {"kind": "linear"}, "epochs": 1}
    trained = tandem.wait(tandem.train(request)).response
    assert trained is not None
    gaps.to_parquet(pair[1].sources / "from_pandas.parquet")

    written = []
    for name, of_format in (("csv", source), ("parquet", {"format": "parquet", "uris": ["from_pandas.parquet"]})):
        batch = {"name": f"from-pandas-{name}", "model": "from-pandas", "format": "jsonl", "source": of_format}
        tandem.wait(tandem.predict_files(batch))
        (file,) = tandem.batch_prediction(f"from-pandas-{name}")["files"]
        lines = (pair[1].storage / file["path"]).read_text().splitlines()
        written.append([json.loads(line)["predictions"] for line in lines])
    floats = [
        {"store": None if np.isnan(store) else store, "member": member, "price": price}
        for store, member, price in zip(*(gaps[name].tolist() for name in ("store", "member", "price")), strict=True)
    ]
    answers: list[Any] = tandem.predict("from-pandas", floats)
    assert answers == pytest.approx(
        tandem.predict("from-pandas", gaps.drop(columns="sold"))["prediction"].to_list(), abs=1e-6
    )
    for each in written:
        assert each == pytest.approx(answers, abs=1e-6)
    explained = httpx.post(f"{pair[1].url}/v1/models/from-pandas:predict?explain=inputs", json={"instances": floats})
    entries = [entry for row in explained.json()["explanations"] for entry in row.values()]
    reasons = {reason for entry in entries for reason in entry["reasons"]}
    assert "missing" in reasons
    assert reasons <= {"missing", "outside_training_range"}, "every token is known"
