"""Drift of a dataset from itself, from a changed one, and over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import numpy as np
import pytest
from tests.conftest import MakeDataset

from contracts.dataset.published import Dataset
from contracts.messages.comparisons import CompareRequest, Comparison
from contracts.schema import SPLIT_NAMES
from preprocessing.engine import SparkEngine
from preprocessing.main import make_app
from preprocessing.statistics.compare import compare


def rows(count: int, seed: int, *, shift: float = 0.0, new: bytes = b"", labels: float = 0.3) -> bytes:
    rng = np.random.default_rng(seed)
    lines = [b"y,x,k,w"]
    for i in range(count):
        word = new if new and i % 10 == 0 else b"word %d" % min(int(rng.exponential(4)), 8)
        x = b"" if rng.random() < 0.1 else b"%.6f" % (rng.normal() + shift)
        lines.append(b"%d,%s,%d,%s" % (rng.random() < labels, x, rng.integers(0, 5), word))
    return b"\n".join(lines) + b"\n"


FEATURES = {"x": {"kind": "numeric"}, "k": {"kind": "numeric"}, "w": {"kind": "categorical"}}
BODY: dict[str, Any] = {"label": {"column": "y"}, "features": FEATURES, "records": "none"}


def request(other: Dataset, **fields: Any) -> CompareRequest:
    return CompareRequest.model_validate({"with": other.manifest.name, **fields})


def by_name(found: Comparison) -> dict[str, Any]:
    return {drift.feature: drift for drift in found.features}


def test_a_dataset_has_not_drifted_from_itself(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(rows(12_000, 1), **BODY)
    limits = {"l_infinity": 0.0, "jensen_shannon": 0.0, "missing_share": 0.0}
    for split in SPLIT_NAMES:
        found = compare(request(dataset, split=split, other_split=split, thresholds=limits), dataset, dataset)
        assert list(by_name(found)) == ["x", "k", "w", "y"]
        assert found.drifted == []
        assert found.schema_differences == []
        for drift in found.features:
            assert (drift.l_infinity, drift.jensen_shannon) == (0.0, 0.0)
            assert drift.kolmogorov_smirnov in (None, 0.0)
            assert drift.missing_share[0] == drift.missing_share[1]
            if drift.kind == "categorical":
                assert drift.new is not None
                assert drift.vanished is not None
                assert drift.new.count == drift.vanished.count == 0
    between = compare(request(dataset, other_split="test"), dataset, dataset)
    assert between.drifted == []
    assert all(0 < (drift.jensen_shannon or 0) < 0.1 for drift in between.features if drift.kind == "numeric")


def test_what_has_changed_is_found(make_dataset: MakeDataset) -> None:
    whole = {"splits": {"train": 1.0}}
    before = make_dataset(rows(4000, 1), **BODY, **whole)
    changed = {**FEATURES, "k": {"kind": "numeric", "impute": "median"}}
    after = make_dataset(
        rows(4000, 2, shift=1.0, new=b"brand new", labels=0.6), **{**BODY, "features": changed}, **whole
    )
    found = compare(request(before, thresholds={"features": {"k": {"l_infinity": 0.5}}}), after, before)
    drift = by_name(found)
    assert set(found.drifted) == {"x", "y"}  # a tenth of the words are new, which is just within the threshold
    assert drift["x"].kolmogorov_smirnov == pytest.approx(0.383, abs=0.04)  # 2 Phi(1/2) - 1
    assert drift["x"].jensen_shannon > 0.1
    assert drift["k"].jensen_shannon < 0.01
    assert drift["w"].new.count == 1
    assert (drift["w"].new.top[0].text, drift["w"].new.top[0].count) == ("brand new", 400)
    assert drift["w"].new.share == 0.1
    assert (drift["w"].l_infinity, drift["w"].l_infinity_at) == (0.1, "brand new")
    assert drift["w"].complete
    assert drift["y"].l_infinity == pytest.approx(0.3, abs=0.05)
    assert [each.feature for each in found.schema_differences] == ["k"]
    back = by_name(compare(request(after), before, after))
    assert (back["w"].vanished.count, back["w"].new.count) == (1, 0)
    assert back["x"].jensen_shannon == drift["x"].jensen_shannon


def post(engine: SparkEngine, name: str, body: dict[str, Any]) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(engine.settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://tandem") as client:
            return await client.post(f"/v1/datasets/{name}:compare", json=body)

    return asyncio.run(ask())


def test_it_can_be_asked_over_http(engine: SparkEngine, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(rows(600, 3), **BODY)
    name = dataset.manifest.name
    reply = post(engine, name, {"with": name, "split": "train", "other_split": "validation"})
    assert reply.status_code == 200
    found = Comparison.model_validate_json(reply.content)
    assert (found.dataset, found.other, found.other_split) == (name, name, "validation")
    wrong = [
        ({"with": "nosuch"}, 404, "/with"),
        ({"with": name, "thresholds": {"features": {"nosuch": {}}}}, 422, "/thresholds/features/nosuch"),
        ({"with": name, "thresholds": {"l_infinity": 2}}, 422, "/thresholds/l_infinity"),
        ({"split": "train"}, 422, "/with"),
        ({"with": name, "split": "holdout"}, 422, "/split"),
    ]
    for body, status, place in wrong:
        reply = post(engine, name, body)
        assert reply.status_code == status
        assert reply.json()["errors"][0]["pointer"] == place
    assert post(engine, "nosuch", {"with": name}).status_code == 404
