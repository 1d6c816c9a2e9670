"""Real trainings that learn their rows by heart: their published versions answer with corrected probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as oracle
from tests.modeling.made import Made, Row
from tests.modeling.served import served
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.reports.version_report import report_page
from modeling.repository.versions import read_detail, read_manifest

SCHEMA = Schema(
    features={"x": Numeric(dtype="float64"), "z": Numeric(dtype="float64"), "c": Categorical()},
    label=Label(column="y", kind="binary"),
)
BY_HEART: dict[str, Any] = {
    "network": {"kind": "dnn", "hidden": [64]},
    "epochs": 40,
    "batch_size": 32,
    "learning_rate": 0.01,
    "early_stopping": None,
    "masking": None,
    "importance": {"rows": 0},
    "slices": [],
}


def rows(count: int) -> list[Row]:
    generator = np.random.default_rng(3)
    x, z = (generator.normal(0, 1, count).astype(np.float32).astype(float) for _ in range(2))
    labels = generator.random(count) < 1 / (1 + np.exp(-x))
    return [
        {"x": float(a), "z": float(b), "c": b"c%d" % generator.integers(40), "y": int(y)}
        for a, b, y in zip(x, z, labels, strict=True)
    ]


@pytest.fixture(scope="module")
def by_heart(tmp_path_factory: pytest.TempPathFactory) -> tuple[Storage, Made, list[dict[str, Any]]]:
    """Version 1 is corrected, version 2 is the same network without."""
    storage = Storage(str(tmp_path_factory.mktemp("by-heart") / "storage"))
    made = Made(rows(1200), [(1, 2, 3)[at % 3] for at in range(1200)], schema=SCHEMA)
    made.publish(storage)
    wanted = ["auto", "none"]
    return storage, made, [run(storage, {**BY_HEART, "calibration": how}, JobContext.alone(how)) for how in wanted]


def predicted(storage: Storage, version: int, some: list[Row]) -> np.ndarray:
    with served(storage) as predictor:
        signature = predictor.registry.get("m", version).signatures["serving_default"]
        numbers = np.array([[row["x"], row["z"]] for row in some], np.float32)
        outputs = signature.call(numbers, np.array([[row["c"]] for row in some], object))
        return outputs["predictions"].astype(np.float64)


def test_the_exported_model_answers_with_corrected_probabilities(by_heart: Any) -> None:
    storage, made, (corrected, plain) = by_heart
    calibration = corrected["evaluation"]["calibration"]
    assert calibration["verdict"] == "corrected"
    assert calibration["rows"] == 400
    assert calibration["temperature"] > 1.2, "it is too sure of itself"
    assert plain["evaluation"]["calibration"]["verdict"] == "off"
    some = made.of("test")
    of_corrected, of_plain = (predicted(storage, version, some) for version in (1, 2))
    odds = np.log(of_plain / (1 - of_plain))
    fixed = calibration["fixed"][0]
    expected = 1 / (1 + np.exp(-(fixed + (odds - fixed) / calibration["temperature"])))
    inside = np.abs(odds) < 12  # beyond, float32 probabilities have lost their log-odds
    np.testing.assert_allclose(of_corrected[inside], expected[inside], rtol=1e-3, atol=1e-5)


def test_evaluation_and_report_have_the_error_before_and_after(by_heart: Any) -> None:
    storage, made, (corrected, plain) = by_heart
    evaluation, before = corrected["evaluation"], plain["evaluation"]
    calibration = evaluation["calibration"]
    labels = [row["y"] for row in made.of("test")]
    log_loss = oracle.log_loss(labels, predicted(storage, 1, made.of("test")))
    assert evaluation["test"]["log_loss"] == pytest.approx(log_loss, abs=1e-5)
    assert evaluation["test"]["auc"] == pytest.approx(before["test"]["auc"], abs=1e-3)
    assert calibration["ece_before"] == pytest.approx(before["test"]["ece"], abs=1e-6)
    assert calibration["log_loss_before"] == pytest.approx(before["test"]["log_loss"], abs=1e-6)
    assert calibration["ece_before_interval"] == pytest.approx(before["intervals"]["ece"], abs=1e-6)
    assert evaluation["test"]["ece"] < 0.7 * calibration["ece_before"]
    assert evaluation["test"]["log_loss"] < calibration["log_loss_before"]
    manifest = read_manifest(storage, "m", 1)
    assert manifest.result.evaluation.calibration is not None
    assert manifest.result.evaluation.calibration.temperature == calibration["temperature"]
    pages = [
        bytes(report_page(found, read_detail(storage, found), [], is_default=True).body).decode()
        for found in (manifest, read_manifest(storage, "m", 2))
    ]
    assert ["Probabilities are corrected" in page for page in pages] == [True, False]


def test_a_validation_split_without_rows_corrects_nothing(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "storage"))
    Made(rows(90), [(1, 3)[at % 2] for at in range(90)], schema=SCHEMA).publish(storage)
    response = run(storage, {**BY_HEART, "epochs": 1}, JobContext.alone("without"))
    calibration = response["evaluation"]["calibration"]
    assert (calibration["verdict"], calibration["rows"]) == ("too_few_rows", 0)
