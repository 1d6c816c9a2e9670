"""Real trainings of quantiles: published versions return them in every protocol, and cover what they should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.modeling.made import Made, Row
from tests.modeling.served import served
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.messages.batch_predictions import BatchRequest
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.batch_prediction.run import predict_files
from modeling.protocols.invocations import Headers, invoke
from modeling.protocols.open_inference import infer
from modeling.protocols.tensorflow_classify import regress
from modeling.protocols.tensorflow_predict import predict
from modeling.reports.version_report import report_page
from modeling.repository.versions import read_detail, read_manifest

LEVELS = [0.1, 0.5, 0.9]
NETWORKS: list[dict[str, Any]] = [
    {"kind": "tabm", "hidden": [32], "members": 4},
    {"kind": "linear"},
    {"kind": "dnn", "hidden": [32]},
]
REQUEST: dict[str, Any] = {
    "quantiles": LEVELS,
    "optimizer": "adam",
    "epochs": 15,
    "batch_size": 64,
    "learning_rate": 0.02,
    "masking": None,
    "importance": {"rows": 0},
}


def rows(count: int) -> list[Row]:
    """A number around a million, whose spread is 5,000 on one isle and 20,000 on the other."""
    generator = np.random.default_rng(7)
    found: list[Row] = []
    for _ in range(count):
        size, isle = float(np.float32(generator.normal())), int(generator.integers(2))
        spread = (5_000, 20_000)[isle]
        found.append(
            {"size": size, "isle": b"isle %d" % isle, "y": 1e6 + 3e4 * size + float(generator.normal(0, spread))}
        )
    return found


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Storage, Made, list[dict[str, Any]]]:
    """A version for each network."""
    storage = Storage(str(tmp_path_factory.mktemp("quantiles") / "storage"))
    schema = Schema(
        features={"size": Numeric(dtype="float64"), "isle": Categorical()}, label=Label(column="y", kind="regression")
    )
    made = Made(rows(2400), [(1, 1, 2, 3)[at % 4] for at in range(2400)], schema=schema, float64_labels=True)
    made.publish(storage)
    return (
        storage,
        made,
        [run(storage, {**REQUEST, "network": network}, JobContext.alone(network["kind"])) for network in NETWORKS],
    )


@pytest.mark.parametrize("version", [1, 2, 3])
def test_intervals_cover_what_they_should_in_the_unit_of_the_label(trained: Any, version: int) -> None:
    storage, made, responses = trained
    evaluation = responses[version - 1]["evaluation"]
    quantiles = evaluation["quantiles"]
    (pair,) = quantiles["coverages"]
    assert pair["nominal"] == pytest.approx(0.8)
    assert pair["coverage"] == pytest.approx(0.8, abs=0.08)
    assert pair["interval"]["low"] < pair["coverage"] < pair["interval"]["high"]
    assert 20_000 < pair["width"] < 60_000
    assert [fit["below"] for fit in quantiles["quantiles"]] == pytest.approx(LEVELS, abs=0.08)
    test = made.of("test")
    with served(storage) as predictor:
        signature = predictor.registry.get("m", version).signatures["serving_default"]
        numbers = np.array([[row["size"]] for row in test], np.float32)
        outputs = signature.call(numbers, np.array([[row["isle"]] for row in test], object))
    assert outputs["quantiles"].dtype == np.float64
    assert np.all(np.diff(outputs["quantiles"], axis=1) >= 0)
    np.testing.assert_array_equal(outputs["predictions"], outputs["quantiles"][:, 1])
    truth = np.array([row["y"] for row in test])
    low, _, high = outputs["quantiles"].T
    assert pair["coverage"] == pytest.approx(np.mean((low <= truth) & (truth <= high)), abs=0.005)
    assert evaluation["test"]["mae"] == pytest.approx(np.abs(outputs["predictions"] - truth).mean(), rel=1e-4)


def test_intervals_are_wide_where_labels_spread(trained: Any) -> None:
    storage, _, _ = trained
    with served(storage) as predictor:
        signature = predictor.registry.get("m", 1).signatures["serving_default"]
        numbers, tokens = np.zeros((2, 1), np.float32), np.array([[b"isle 0"], [b"isle 1"]], object)
        low, _, high = signature.call(numbers, tokens)["quantiles"].T
    assert high[1] - low[1] > 2 * (high[0] - low[0])


def test_every_protocol_returns_all_quantiles(trained: Any, tmp_path: Path) -> None:
    storage, _, _ = trained
    instances = [{"size": 0.5, "isle": "isle 1"}, {"size": None}, {}]
    tensors = [
        {"name": "size", "datatype": "FP32", "shape": [3], "data": [0.5, None, None]},
        {"name": "isle", "datatype": "BYTES", "shape": [3], "data": ["isle 1", None, None]},
    ]
    with served(storage) as predictor:

        def ask(decode: Any) -> bytes:
            return predictor.answer("m", decode, version=1).body

        by_row = json.loads(ask(predict(json.dumps({"instances": instances}).encode())))["predictions"]
        tensors_out = json.loads(ask(infer(json.dumps({"inputs": tensors}).encode(), None)))["outputs"]
        as_csv = ask(invoke(json.dumps(instances).encode(), Headers(accept="text/csv"))).decode().splitlines()
        as_json = json.loads(ask(invoke(json.dumps(instances).encode(), Headers())))["predictions"]
        numbers = json.loads(ask(regress(json.dumps({"examples": instances}).encode())))["results"]
    expected = [row["quantiles"] for row in by_row]
    assert [row["predictions"] for row in by_row] == [row[1] for row in expected] == numbers
    assert as_json == by_row
    assert [(output["name"], output["shape"], output["datatype"]) for output in tensors_out] == [
        ("predictions", [3], "FP64"),
        ("quantiles", [3, 3], "FP64"),
    ]
    assert np.reshape(tensors_out[1]["data"], (3, 3)).tolist() == expected
    assert [[float(cell) for cell in line.split(",")] for line in as_csv] == [[row[1], *row] for row in expected]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in instances))
    source = {"format": "jsonl", "uris": [str(tmp_path / "rows.jsonl")]}
    for form in ("jsonl", "parquet"):
        asked = {"name": form, "model": "m", "version": 1, "source": source, "format": form}
        request = BatchRequest.model_validate({**asked, "absent_columns": "missing"})
        found = predict_files(storage, [str(tmp_path)], request, JobContext.alone(form))
        assert sorted(found.columns) == ["predictions", "quantiles"]
        if form == "jsonl":
            lines = [json.loads(line) for line in storage.read(found.files[0].path).splitlines()]
            assert [line["quantiles"] for line in lines] == expected


def test_the_report_shows_coverage_against_nominal(trained: Any) -> None:
    storage, _, _ = trained
    manifest = read_manifest(storage, "m", 1)
    assert manifest.request.quantiles == LEVELS
    page = bytes(report_page(manifest, read_detail(storage, manifest), [], is_default=True).body).decode()
    for words in ("Predicted quantiles", "Quantiles: observed against nominal", "pinball loss", "80.0"):
        assert words in page, words


def test_quantiles_of_another_label_are_refused(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "storage"))
    schema = Schema(features={"size": Numeric(dtype="float64")}, label=Label(column="y", kind="binary"))
    Made([{"size": float(at), "y": at % 2} for at in range(30)], [1, 2, 3] * 10, schema=schema).publish(storage)
    with pytest.raises(InvalidRequest, match="only a regression has quantiles, and this label is binary") as caught:
        run(storage, REQUEST, JobContext.alone("refused"))
    assert caught.value.pointer == "/quantiles"
