from __future__ import annotations

import re
from typing import Any

import pytest
from tests.modeling.made import Made, make_rows
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from contracts.dataset import DATASETS, MANIFEST
from contracts.dataset_warning import DatasetWarning
from contracts.messages.evaluation import EvaluationDetail
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.api.version_report import report_page
from modeling.repository.versions import VersionManifest, read_detail, read_manifest

NASTY = "</script><img src=x>"


def page_of(manifest: VersionManifest, detail: EvaluationDetail, labels: list[str] | None = None) -> str:
    return bytes(report_page(manifest, detail, labels or [], is_default=True).body).decode()


@pytest.fixture
def page(trained: Trained) -> str:
    manifest = read_manifest(trained.storage, "m", 2)
    return page_of(manifest, read_detail(trained.storage, manifest), ["champion"])


def test_a_page_tells_everything_and_needs_nothing_from_outside(page: str, trained: Trained) -> None:
    manifest = read_manifest(trained.storage, "m", 2)
    for words in (
        "ROC",
        "Precision and recall",
        "Calibration",
        "Learning curves",
        "Importance of features",
        "Metrics by slice",
    ):
        assert words in page
    test: Any = manifest.result.evaluation.test
    for value in (test.auc, test.log_loss, test.brier):
        assert f"{value:.4f}" in page
    assert manifest.dataset.fingerprint in page
    assert manifest.libraries["tensorflow"] in page
    assert {"open", "fit", "evaluate"} <= set(manifest.result.seconds)
    assert all(phase in page for phase in manifest.result.seconds)
    assert "://" not in page
    assert re.findall(r"\b(?:src|href)\s*=\s*\S+|url\(\S+|@import", page) == ['href="data:,">']
    assert page.count("<svg") == 5
    assert "prefers-color-scheme: dark" in page


def test_learning_curves_have_a_dot_for_each_epoch(page: str) -> None:
    charts = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    loss = next(chart for chart in charts if "<figcaption>loss<" in chart)
    assert loss.count("<circle") == 2 * 4


def test_names_and_values_from_data_are_escaped(storage: Storage) -> None:
    schema = Schema(features={NASTY: Categorical(), "n": Numeric(dtype="float64")}, label=Label(column="late"))
    tokens = [NASTY.encode(), b"<script>alert(1)</script>", b"plain"]
    rows = [
        {NASTY: tokens[at % 3], "n": row["distance km"], "late": row["late"]} for at, row in enumerate(make_rows(90))
    ]
    Made(rows, [(1, 3)[at % 2] for at in range(90)], schema=schema).publish(storage)
    request = {"network": {"kind": "linear"}, "epochs": 1, "batch_size": 16}
    run(storage, request, JobContext.alone())
    manifest = read_manifest(storage, "m", 1)
    page = page_of(manifest, read_detail(storage, manifest))
    assert "<img" not in page
    assert "<script" not in page
    assert "</script" not in page
    assert page.count("&lt;/script&gt;&lt;img src=x&gt;") >= 4


def test_a_version_without_metrics_says_why_it_is_never_the_default(trained: Trained) -> None:
    manifest = read_manifest(trained.storage, "m", 1)
    result = manifest.result
    test = result.evaluation.test.model_copy(update=dict.fromkeys(["auc", "pr_auc", "log_loss", "accuracy", "brier"]))
    evaluation = result.evaluation.model_copy(update={"test": test})
    manifest = manifest.model_copy(update={"result": result.model_copy(update={"evaluation": evaluation})})
    page = page_of(manifest, read_detail(trained.storage, manifest))
    assert "never the default version: its log loss could not be computed on the 500 rows of the test split" in page


def test_leaks_of_the_dataset_are_told_with_the_model(storage: Storage) -> None:
    leak = DatasetWarning(kind="leakage", severity="warning", message="It knows.", advice="Exclude it.", feature=NASTY)
    other = leak.model_copy(update={"kind": "unique", "message": "No two are alike."})
    dataset = Made(make_rows(60), [(1, 3)[at % 2] for at in range(60)]).publish(storage)
    path = f"{DATASETS}/{dataset.manifest.name}/{MANIFEST}"
    storage.write(path, dataset.manifest.model_copy(update={"warnings": [leak, other]}).to_json())
    response = run(storage, {"network": {"kind": "linear"}, "epochs": 1, "batch_size": 16}, JobContext.alone())
    assert response["dataset_warnings"] == [leak.model_dump(mode="json")]
    manifest = read_manifest(storage, "m", 1)
    page = page_of(manifest, read_detail(storage, manifest))
    assert "It knows. Exclude it." in page
    assert "&lt;/script&gt;" in page
    assert "No two are alike." not in page


def test_a_version_without_test_rows_that_missed_its_gate(storage: Storage) -> None:
    Made(make_rows(40), [1] * 40).publish(storage)
    request = {"network": {"kind": "linear"}, "epochs": 1, "batch_size": 16, "require": {"auc": {"min": 0.5}}}
    run(storage, request, JobContext.alone())
    manifest = read_manifest(storage, "m", 1)
    page = page_of(manifest, read_detail(storage, manifest))
    assert "auc must be at least 0.5, and is undefined on this test split" in page
    assert "The test split is empty" in page
    assert page.count("<svg") == 2
    assert "None" not in page
