"""Skew: what a version keeps of its training split, and what is logged, compared; by hand, against oracles, and over HTTP."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import jensenshannon
from tests.modeling.live import running
from tests.modeling.made import SCHEMA, Row
from tests.modeling.made_records import numbers, raw_matrices
from tests.modeling.trained import Trained
from typer.testing import CliRunner

from contracts.errors import Conflict, CorruptData, InvalidRequest
from contracts.messages.comparisons import FeatureDrift
from contracts.messages.skew import Skew, SkewRequest
from contracts.storage import Storage
from contracts.value_counts import VALUE_COUNTS, PublishedCounts
from modeling.feature_kinds.raw_values import RawValues
from modeling.monitoring.logged_rows import LoggedRows, parquet_file
from modeling.monitoring.prediction_log import log_folder
from modeling.repository.versions import VersionManifest, read_manifest
from modeling.skew import training_counts
from modeling.skew.compare import skew
from modeling.skew.served_counts import MOST_NUMBERS, ServedNumbers, ServedTokens
from modeling.skew.training_counts import read_trained_on
from sources.drift.distances import NumberCounts, align_numbers
from sources.drift.sortable_keys import doubles
from tandem.cli import app


@pytest.fixture
def manifest(trained: Trained) -> VersionManifest:
    return read_manifest(trained.storage, "m", 2)


@pytest.fixture
def place(trained: Trained, tmp_path: Path) -> Storage:
    """A storage with the version, a log of its own, and no dataset."""
    storage = Storage(str(tmp_path / "storage"))
    for name in trained.storage.files("models/m/2"):
        storage.write(f"models/m/2/{name}", trained.storage.read(f"models/m/2/{name}"))
    return storage


def log_rows(
    storage: Storage, manifest: VersionManifest, rows: list[Row], *, at: float | None = None, redacted: str = ""
) -> None:
    numeric, tokens = raw_matrices(SCHEMA, rows)
    outputs = {"predictions": np.zeros(len(rows), np.float32)}
    logged = LoggedRows(manifest, at or time.time(), RawValues(numeric.astype(np.float32), tokens), outputs)
    folder = log_folder(manifest.model, manifest.version)
    data = parquet_file([logged], frozenset({redacted}))
    storage.write(f"{folder}/{len(storage.files(folder))}.parquet", data)


def by_name(found: Skew) -> dict[str, FeatureDrift]:
    return {drift.feature: drift for drift in found.features}


def test_a_version_keeps_how_often_the_values_of_its_training_split_occur(
    trained: Trained, manifest: VersionManifest, place: Storage
) -> None:
    kept = read_trained_on(place, manifest)
    rows = trained.made.of("train")
    for name in SCHEMA.numeric:
        values = numbers(rows, name)
        expected, counts = np.unique(values[np.isfinite(values)].astype(np.float64), return_counts=True)
        np.testing.assert_array_equal(doubles(kept.numbers[name].keys), expected)
        np.testing.assert_array_equal(kept.numbers[name].counts, counts)
        assert kept.numbers[name].shift == 0
    for name, vocabulary in trained.made.vocabularies.items():
        assert kept.tokens[name].tokens.to_pylist() == vocabulary.tokens.to_pylist()
        assert kept.tokens[name].counts.to_pylist() == vocabulary.counts.to_pylist()
    assert kept.statistics == trained.made.statistics.splits["train"]


def test_counts_by_intervals_are_those_of_the_float32s_that_the_model_sees() -> None:
    values = np.array([0.1, 0.1 + 1e-12, 0.7, 1 / 3], np.float64)
    values.sort()
    counts = np.ones(4, np.int64)
    batch = pa.RecordBatch.from_arrays([values, values, counts, counts, counts], schema=VALUE_COUNTS)

    class Made:
        class manifest:  # noqa: N801
            values = {"x": None}

        def values(self, _: str) -> PublishedCounts:
            return PublishedCounts(0, batch)

    ((meaning, found),) = training_counts._values(Made(), ["x"])  # pyright: ignore[reportArgumentType]
    assert meaning == {"feature": "x", "shift": 0}
    assert found.column("value").to_pylist() == [float(np.float32(value)) for value in (0.1, 1 / 3, 0.7)]
    assert found.column("count").to_pylist() == [2, 1, 1]


def test_what_is_served_as_trained_has_not_drifted(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    rows = trained.made.of("train")
    log_rows(place, manifest, rows[:700])
    log_rows(place, manifest, rows[700:])
    limits = {"l_infinity": 0.0, "jensen_shannon": 0.0, "missing_share": 0.0}
    found = skew(place, manifest, SkewRequest.model_validate({"thresholds": limits}))
    assert (found.rows, found.files, found.dataset) == ([len(rows), len(rows)], 2, "made")
    assert list(by_name(found)) == list(SCHEMA.features)
    assert found.drifted == []
    for drift in found.features:
        assert drift.jensen_shannon in (0.0, None)
        assert drift.missing_share[0] == drift.missing_share[1]
    assert by_name(found)["all:missing"].l_infinity is None
    origin = by_name(found)["origin"]
    assert origin.new is not None
    assert [token.text for token in origin.new.top] == ["origin 6"]  # it was too rare for the vocabulary
    assert not origin.complete


def test_what_is_served_otherwise_is_found(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    rows = trained.made.of("train")
    changed: list[Row] = [
        {
            **row,
            "distance km": None if row["distance km"] is None else row["distance km"] + 450,
            "class": None if at % 2 else row["class"],
            "carrier/日本": b"brand new" if at % 5 == 0 else row["carrier/日本"],
        }
        for at, row in enumerate(rows)
    ]
    log_rows(place, manifest, changed)
    found = skew(place, manifest, SkewRequest.model_validate({"thresholds": {"features": {"origin": {}}}}))
    drifts = by_name(found)
    assert set(found.drifted) == {"distance km", "class", "carrier/日本"}
    assert drifts["class"].exceeded == ["missing_share"]
    assert drifts["class"].missing_share[0] == pytest.approx(0.6, abs=0.03)
    here, there = numbers(changed, "distance km"), numbers(rows, "distance km")
    cut = np.sort(np.concatenate([here[np.isfinite(here)], there[np.isfinite(there)]]))
    below = [
        np.searchsorted(np.sort(side[np.isfinite(side)]), cut, "right") / np.isfinite(side).sum()
        for side in (here, there)
    ]
    assert drifts["distance km"].kolmogorov_smirnov == pytest.approx(np.abs(below[0] - below[1]).max(), abs=1e-12)
    counts = [Counter(row["carrier/日本"] for row in side if row["carrier/日本"]) for side in (changed, rows)]
    tokens = sorted(counts[0] | counts[1])
    p, q = ([count[token] for token in tokens] for count in counts)
    carrier = drifts["carrier/日本"]
    assert carrier.jensen_shannon == pytest.approx(float(jensenshannon(p, q, base=2)) ** 2, abs=1e-12)
    assert carrier.l_infinity_at == "brand new"
    assert carrier.new is not None
    assert (carrier.new.count, carrier.new.top[0].text) == (1, "brand new")
    assert carrier.new.share == pytest.approx(counts[0][b"brand new"] / counts[0].total())


def test_which_rows_are_compared(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    rows = trained.made.of("train")
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    for hour in range(3):
        log_rows(place, manifest, rows[: 10 * (hour + 1)], at=(noon + timedelta(hours=hour)).timestamp())
    other = manifest.model_copy(update={"job": "of a model of that name, since removed"})
    log_rows(place, other, rows)
    place.write(f"{log_folder('m', 2)}/broken.parquet", b"PAR1")

    def rows_of(**asked: Any) -> int:
        return skew(place, manifest, SkewRequest(**asked)).rows[0]

    assert rows_of() == 60
    assert rows_of(since=noon + timedelta(hours=1)) == 50
    assert rows_of(until=noon + timedelta(hours=1)) == 10
    assert rows_of(since=datetime(2026, 6, 1, 13), until=noon + timedelta(hours=2)) == 20  # noqa: DTZ001  # UTC, then
    with pytest.raises(Conflict, match="TANDEM_PREDICTION_LOG"):
        rows_of(since=noon + timedelta(days=1))


def test_a_redacted_feature_is_not_compared(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    log_rows(place, manifest, trained.made.of("train")[:50])
    log_rows(place, manifest, trained.made.of("train")[:50], redacted="origin")
    found = skew(place, manifest, SkewRequest())
    assert "origin" not in by_name(found)
    assert [(each.feature, each.reason) for each in found.not_compared] == [("origin", "it was redacted in the log")]
    assert len(by_name(found)) == len(SCHEMA.features) - 1


def test_without_what_it_was_trained_on(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    log_rows(place, manifest, trained.made.of("train")[:50])
    early = manifest.model_copy(update={"files": {"saved_model.pb": manifest.files["saved_model.pb"]}})
    with pytest.raises(Conflict, match="train it again"):
        skew(place, early, SkewRequest())
    place.write("models/m/2/training_tokens.arrow", b"other")
    with pytest.raises(CorruptData, match="checksum"):
        skew(place, manifest, SkewRequest())
    with pytest.raises(InvalidRequest, match="no feature 'nosuch'"):
        skew(place, manifest, SkewRequest.model_validate({"thresholds": {"features": {"nosuch": {}}}}))


def test_many_different_numbers_are_counted_by_intervals_in_bounded_memory() -> None:
    generator = np.random.default_rng(5)
    served, everything = ServedNumbers(), []
    for _ in range(6):
        values = generator.normal(100, 30, 40_000).astype(np.float32)
        everything.append(values)
        served.add(pa.chunked_array([pa.array(values, pa.float32()), pa.array([None], pa.float32())]))
    assert len(served.counts.keys) <= MOST_NUMBERS
    assert served.counts.shift > 0
    assert (served.counts.counts.sum(), served.missing) == (240_000, 6)
    values, counts = np.unique(np.concatenate(everything).astype(np.float64), return_counts=True)
    exact = NumberCounts.of(values, counts, 0)
    assert align_numbers(served.counts, exact).kolmogorov_smirnov() == 0.0


def test_many_different_tokens_are_counted_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeling.skew.served_counts.MOST_TOKENS", 3)
    served = ServedTokens()
    for at in range(20):
        served.add(
            pa.chunked_array([pa.array([b"often"] * 5 + [b"now and then"] * 2 + [b"%d" % at, None], pa.binary())])
        )
        assert len(served.counts) <= 7
    assert served.ranked()[:2] == [(b"often", 100), (b"now and then", 40)]
    assert (served.total, served.missing) == (160, 20)


# --- over HTTP


@pytest.fixture(scope="module")
def client(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("skew")
    with running(
        trained.storage, folder, TANDEM_PREDICTION_LOG="1", TANDEM_PREDICTION_LOG_REDACTED="always,m.constant"
    ) as client:
        yield client


def test_predictions_are_compared_with_the_training_over_http(client: httpx.Client, trained: Trained) -> None:
    assert client.post("/v1/models/m:skew", json={"version": 1}).status_code == 409
    numeric = numbers(trained.made.of("train"), "distance km")
    columns = {"distance km": [None if math.isnan(each) else float(each) for each in numeric.tolist()]}
    assert client.post("/v1/models/m:predict", json={"inputs": columns}).status_code == 200
    for _ in range(20):
        assert client.post("/v1/models/m:predict", json={"instances": [{"distance km": 9e9}]}).status_code == 200
    for body in (b"{}", b""):
        reply = client.post("/v1/models/m:skew", content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code == 200, reply.text
        found = Skew.model_validate_json(reply.content)
        assert found.rows == [len(numeric) + 20, 2000]
        assert (found.model, found.version) == ("m", 2)
        drifts = by_name(found)
        assert drifts["class"].missing_share[0] == 1.0
        assert drifts["distance km"].l_infinity == pytest.approx(20 / (np.isfinite(numeric).sum() + 20), abs=1e-3)
        assert [each.feature for each in found.not_compared] == ["constant", "always"]
    text = client.get("/metrics").text
    assert 'tandem_predict_requests_total{model="m",version="2"} 21.0' in text
    assert 'tandem_prediction_log_rows_total{outcome="written"} 2020.0' in text
    assert 'tandem_model_versions_loaded{model="m",version="2"} 1.0' in text


def test_a_person_asks_by_command(client: httpx.Client) -> None:
    client.post("/v1/models/m:predict", json={"instances": [{"origin": "[/]<b>new"}]})
    url = str(client.base_url)
    shown = CliRunner().invoke(app, ["skew", "m", "--modeling", url], env={"COLUMNS": "300"})
    assert shown.exit_code == 0, shown.output
    assert "m, version 2: " in shown.output
    assert "1 (100.0%): '[/]<b>new'" in shown.output
    assert "always is not compared: it was redacted in the log" in shown.output
    as_json = CliRunner().invoke(app, ["skew", "m", "--json", "--jensen-shannon", "1", "--modeling", url])
    assert "jensen_shannon" not in json.loads(as_json.output)["features"][0]["exceeded"]
    nothing = CliRunner().invoke(app, ["skew", "m", "--since", "2100-01-01", "--modeling", url])
    assert nothing.exit_code == 1
    assert "no row served by version 2" in nothing.output


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        ("nothing", {}, 404, "/model"),
        ("m", {"version": 99}, 404, "/version"),
        ("m", {"label": "nobody"}, 404, "/label"),
        ("m", {"version": 1, "label": "x"}, 422, None),
        ("m", {"since": "yesterday"}, 422, "/since"),
        ("m", {"since": "0001-01-01T00:00:00+14:00"}, 422, "/since"),
        ("m", {"thresholds": {"features": {"nosuch": {}}}}, 422, "/thresholds/features/nosuch"),
        ("m", {"thresholds": {"l_infinity": 2}}, 422, "/thresholds/l_infinity"),
        ("m", {"sinse": None}, 422, "/sinse"),
    ],
)
def test_bad_requests(client: httpx.Client, path: str, body: Any, status: int, pointer: str | None) -> None:
    reply = client.post(f"/v1/models/{path}:skew", json=body)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert pointer is None or reply.json()["errors"][0]["pointer"] == pointer
