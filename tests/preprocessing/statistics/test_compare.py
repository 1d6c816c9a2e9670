"""Drift: by hand, against SciPy and dictionaries, of a dataset against itself, and over HTTP."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from contracts.dataset import Dataset
from contracts.messages.comparisons import CompareRequest, Comparison
from contracts.schema import SPLIT_NAMES
from contracts.value_counts import VALUE_COUNTS, PublishedCounts
from preprocessing.engine import SparkEngine
from preprocessing.kernels.token_hashing import fingerprints
from preprocessing.main import make_app
from preprocessing.statistics.compare import compare
from preprocessing.statistics.value_counts import ValueCounter
from sources.drift.distances import BINS, AlignedTokens, NumberCounts, align_numbers, align_tokens, distances
from sources.drift.feature_drift import with_the_rest

MakeDataset = Callable[..., Dataset]


@pytest.mark.parametrize(
    ("here", "there", "l_infinity", "place", "jensen_shannon"),
    [
        ([1, 0], [0, 5], 1.0, 0, 1.0),
        ([3, 3], [1, 1], 0.0, 0, 0.0),
        # p = (1/2, 1/2), q = (1, 0), m = (3/4, 1/4): KL(p, m) = 1/2 log2(2/3) + 1/2 log2(2) and KL(q, m) = log2(4/3)
        ([1, 1], [2, 0], 0.5, 0, (0.5 * math.log2(2 / 3) + 0.5 + math.log2(4 / 3)) / 2),
        ([2, 2, 6], [1, 5, 4], 0.3, 1, None),
        ([0, 0], [1, 2], None, None, None),
    ],
)
def test_distances_by_hand(
    here: list[int], there: list[int], l_infinity: float | None, place: int | None, jensen_shannon: float | None
) -> None:
    found = distances(np.array(here), np.array(there))
    assert found.l_infinity == (None if l_infinity is None else pytest.approx(l_infinity, abs=1e-15))
    assert found.place == place
    if jensen_shannon is not None:
        assert found.jensen_shannon == pytest.approx(jensen_shannon, abs=1e-15)


COUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30)


@settings(max_examples=200)
@given(counts=COUNTS)
def test_the_divergence_is_scipys(counts: list[tuple[int, int]]) -> None:
    here, there = np.array(counts, np.int64).T
    found = distances(here, there)
    if not here.sum() or not there.sum():
        assert found.jensen_shannon is None
        return
    assert found.jensen_shannon == pytest.approx(float(jensenshannon(here, there, base=2)) ** 2, abs=1e-12)
    assert distances(here, here).jensen_shannon == 0.0
    assert distances(here, here * 7).l_infinity == pytest.approx(0.0, abs=1e-15)


def aligned_tokens(here: pa.Array, counts_here: Any, there: pa.Array, counts_there: Any) -> AlignedTokens:
    return align_tokens(fingerprints(here), counts_here, fingerprints(there), counts_there)


TOKENS = st.dictionaries(st.binary(min_size=1, max_size=4), st.integers(1, 100), max_size=40)


@settings(max_examples=200)
@given(here=TOKENS, there=TOKENS)
def test_tokens_are_matched_as_a_dictionary_would(here: dict[bytes, int], there: dict[bytes, int]) -> None:
    ours, theirs = pa.array(list(here), pa.binary()), pa.array(list(there), pa.binary())
    found = aligned_tokens(
        ours, np.array(list(here.values()), np.int64), theirs, np.array(list(there.values()), np.int64)
    )
    matched = {}
    rows = zip(found.here, found.there, found.place_here, found.place_there, strict=True)
    for count, other, place, other_place in rows:
        token = ours[int(place)].as_py() if place >= 0 else theirs[int(other_place)].as_py()
        matched[token] = (int(count), int(other))
    assert matched == {token: (here.get(token, 0), there.get(token, 0)) for token in here.keys() | there.keys()}


def counted(values: Any) -> NumberCounts:
    counter = ValueCounter(3)
    bits = np.asarray(values, np.float64).view(np.uint64)
    at = counter.add(bits, 0, len(bits), 0, integers=False)
    while at < len(bits):
        counter.collapse(bits[at : at + 1], integers=False)
        at = counter.add(bits, at, len(bits), 0, integers=False)
    found = counter.extract()
    columns = [found.lows, found.highs, *np.ascontiguousarray(found.counts.T)]
    batch = pa.RecordBatch.from_arrays(list(map(pa.array, columns)), schema=VALUE_COUNTS)
    return NumberCounts.published(PublishedCounts(found.shift, batch), "train")


def test_numbers_of_unlike_resolution_are_compared_by_the_same_bins() -> None:
    rng = np.random.default_rng(2)
    few, many = np.floor(rng.exponential(20, 5_000)), rng.exponential(20, 50_000)
    fine, coarse = counted(few), counted(many)
    assert fine.shift == 0 < coarse.shift
    aligned = align_numbers(fine, coarse)
    assert (aligned.here.sum(), aligned.there.sum()) == (5_000, 50_000)
    binned = aligned.binned()
    assert len(binned.lows) <= BINS
    edges = [*binned.lows, math.inf]
    expected_here, expected_there = np.histogram(few, edges)[0], np.histogram(many, edges)[0]
    assert np.abs(binned.here - expected_here).sum() == 0
    assert np.abs(binned.there - expected_there).sum() <= 2 * len(edges)  # a bin's edge is an interval of the coarser
    cut = np.sort(np.concatenate([few, many]))
    exact = max(abs((few <= x).mean() - (many <= x).mean()) for x in cut[::37])
    assert aligned.kolmogorov_smirnov() == pytest.approx(exact, abs=0.01)
    assert align_numbers(coarse, coarse).kolmogorov_smirnov() == 0.0


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


def test_what_was_not_kept_is_compared_in_one_lump() -> None:
    few, many = pa.array([b"a"], pa.binary()), pa.array([b"c", b"a", b"b"], pa.binary())
    counts = np.array([500], np.int64), np.array([20, 50, 30], np.int64)
    for aligned, rest in (
        (aligned_tokens(few, counts[0], many, counts[1]), [500, 0]),
        (aligned_tokens(many, counts[1], few, counts[0]), [0, 500]),
    ):
        assert distances(*with_the_rest(aligned, rest)).l_infinity == 0.0
    complete = aligned_tokens(few, counts[0], many, counts[1])
    assert distances(*with_the_rest(complete, [0, 0])).l_infinity == 0.5


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
