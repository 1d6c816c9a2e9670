from __future__ import annotations

import re
from typing import Any

import pytest
from tests.modeling.made import Made, make_rows
from tests.modeling.reports.made_versions import LONG, made_version
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from chassis.pages.number_format import number
from contracts.dataset.data_folder import DATASETS, MANIFEST
from contracts.dataset.warning import DatasetWarning
from contracts.label_kinds import LABEL_KINDS, LabelKind
from contracts.messages.evaluation import EvaluationDetail
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.reports.links import PageLinks
from modeling.reports.version_report import report_page
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
        "Missing and unseen values",
    ):
        assert words in page
    test: Any = manifest.result.evaluation.test
    for value in (test.auc, test.log_loss, test.brier):
        assert number(value) in page
    assert manifest.dataset.fingerprint in page
    assert manifest.libraries["tensorflow"] in page
    assert {"open", "fit", "evaluate"} <= set(manifest.result.seconds)
    assert all(phase in page for phase in manifest.result.seconds)
    assert "://" not in page
    assert {address for address in re.findall(r'\b(?:src|href)\s*=\s*"([^"]+)"', page) if address[0] != "/"} == {
        "data:,"
    }
    assert re.findall(r"url\(\S+|@import", page) == []
    assert page.count("<svg") == 5 + len(("By threshold", "Cumulative gain", "Lift", "Predictions by label")) + 3
    assert "prefers-color-scheme: dark" in page


def test_learning_curves_have_a_dot_for_each_epoch(page: str) -> None:
    charts = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    loss = next(chart for chart in charts if "<figcaption>loss<" in chart)
    assert loss.count("<circle") == 2 * 4
    assert re.search(r'<text class="mark"[^>]*>kept: epoch \d</text>', loss)


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
    assert page.count("<script") == page.count("</script") == 1
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


@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_every_kind_of_label_has_a_page_and_hostile_names_are_text(kind: LabelKind) -> None:
    made = made_version(kind)
    page = page_of(made.manifest, made.detail)
    assert "<img" not in page
    assert page.count("<script") == page.count("</script") == 1
    assert page.count("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;") >= 4
    assert page.count(LONG) > 5
    assert "…" not in page
    words = {
        "binary": ("By threshold", "Lift", "Predictions by label", "Confusion, at"),
        "multiclass": ("Confidence", "Calibration by class", "calibration error"),
        "regression": ("Predicted and actual", "Residuals", "Quantiles of the errors"),
    }
    assert all(word in page for word in words[kind])
    assert len(page) < 120_000


def test_the_worst_slice_comes_first_and_a_small_one_not_at_all() -> None:
    made = made_version()
    page = page_of(made.manifest, made.detail)
    worst = page[page.index('class="worst"') : page.index("All slices, by feature")]
    groups = re.findall(r"<bdi>([^<]+)</bdi>", worst)
    assert groups[0] == "the token of a slice that is worse"
    assert len(groups) == 6
    assert "e" not in groups  # thirty rows
    assert re.findall(r'badge (\w+)">(worse|better)', worst)[0] == ("bad", "worse")


def test_classes_have_shades_and_f1() -> None:
    made = made_version("multiclass")
    confusion = made.manifest.result.evaluation.confusion
    assert confusion is not None
    page = page_of(made.manifest, made.detail)
    shares = [float(share) for share in re.findall(r'class="count[^"]*" style="--share:([\d.]+)"', page)]
    assert shares == pytest.approx([count / sum(row) for row in confusion.counts for count in row], abs=1e-4)
    right = confusion.counts[0][0]
    f1 = 2 * right / (sum(confusion.counts[0]) + sum(row[0] for row in confusion.counts))
    assert f'<td class="right">{f1:.1%}</td>' in page


def test_an_evaluation_of_an_earlier_release_has_a_page_too() -> None:
    made = made_version()
    added = {"thresholds", "gain", "scores", "class_calibration", "errors", "missing"}
    stored = made.detail.model_dump(mode="json", exclude=added)
    for sliced in stored["slices"]:
        for group in sliced["groups"]:
            del group["intervals"], group["differences"]
    result = made.manifest.result.model_copy(update={"kept_epoch": None})
    manifest = made.manifest.model_copy(update={"result": result})
    page = page_of(manifest, EvaluationDetail.model_validate(stored))
    worst = page[page.index('class="worst"') : page.index("All slices, by feature")]
    assert re.findall(r"<bdi>([^<]+)</bdi>", worst)[0] == "the token of a slice that is worse"
    assert "badge" not in worst
    assert "By threshold" not in page
    assert "Missing and unseen values" not in page
    assert 'class="slider"' not in page
    assert "kept: epoch" not in page


def test_a_page_leads_to_dataset_job_docs_and_models() -> None:
    made = made_version()
    links = PageLinks("/behind/a/proxy", "https://data.example")
    page = bytes(report_page(made.manifest, made.detail, [], is_default=False, links=links).body).decode()
    found = set(re.findall(r'href="([^"]+)"', page))
    assert found >= {
        "/behind/a/proxy/",
        "/behind/a/proxy/jobs",
        "/behind/a/proxy/docs",
        "/behind/a/proxy/jobs/00000000-made",
        "https://data.example/v1/datasets/made/report",
    }
    assert "https://" not in page_of(made.manifest, made.detail)
