from __future__ import annotations

import re
from typing import Any

import pytest
from tests.modeling.reports.made_versions import LONG, made_version

from contracts.messages.gates import Comparison, Gate
from contracts.messages.trainings import TrainingResult
from contracts.schema import Categorical, Numeric
from modeling.reports.links import PageLinks
from modeling.reports.version_changes import Evaluated, changes_page


def second(made: Evaluated, **changed: Any) -> Evaluated:
    return Evaluated(made.manifest.model_copy(update={"version": 2, **changed}), made.detail)


def page_of(new: Evaluated, old: Evaluated, links: PageLinks | None = None) -> str:
    return bytes(changes_page(new, old, links or PageLinks()).body).decode()


def section(page: str, title: str) -> str:
    begin = page.index(f"<h2>{title}</h2>")
    end = page.find("<h2>", begin + 1)
    return page[begin : end if end > 0 else len(page)]


def test_metrics_tell_which_way_is_better() -> None:
    new, old = second(made_version(noise=0.3)), made_version(noise=2)
    metrics = section(page_of(new, old), "Metrics")
    assert "Both are of one test split" in metrics
    rows = re.findall(r"<tr><th>([^<]+)</th>.*?([+-][\d.]+)</td><td>.*?>(better|worse)<", metrics)
    assert [(name, sign[0], verdict) for name, sign, verdict in rows] == [
        ("AUC", "+", "better"),
        ("PR AUC", "+", "better"),
        ("log loss", "-", "better"),
        ("accuracy", "+", "better"),
        ("Brier score", "-", "better"),
        ("calibration error", "-", "better"),
    ]
    back = section(page_of(Evaluated(old.manifest, old.detail), new), "Metrics")
    assert back.count(">worse<") == 6


def test_what_was_requested_differently_is_listed_with_both_values() -> None:
    old = made_version(request={"network": {"kind": "linear"}, "epochs": 3})
    new = second(made_version(request={"network": {"kind": "dnn", "hidden": [8]}, "epochs": 5}))
    request = section(page_of(new, old), "Request")
    assert re.search(r"network\.kind</th>.*<code>linear</code>.*<code>dnn</code>", request)
    assert re.search(r"epochs</th>.*<code>3</code>.*<code>5</code>", request)
    assert re.search(r'network\.hidden</th>.*<span class="muted">none</span>.*<code>\[8\]</code>', request)
    assert "batch_size" not in request
    assert "The same but for the dataset" in section(page_of(second(old), old), "Request")


def test_features_that_came_and_went_and_changed() -> None:
    old = made_version()
    features = {
        **old.manifest.schema_.features,
        "new one": Categorical(),
        "plain": Numeric(dtype="int64", impute="median"),
    }
    del features[LONG]
    schema = old.manifest.schema_.model_copy(update={"features": features})
    changed = section(page_of(second(old, schema_=schema), old), "Features")
    assert re.findall(r"<tr><th>([^<]+)</th><td", changed) == ["plain", "new one", LONG]
    assert "median" in changed


def test_another_dataset_is_other_rows_and_leads_to_its_drift() -> None:
    old = made_version()
    dataset = old.manifest.dataset.model_copy(update={"name": "newer", "fingerprint": "e" * 64})
    gate = Gate(
        passed=True, missed=[], compared=Comparison(label="champion", version=1, metric="log_loss", its=0.5, ours=0.4)
    )
    result: TrainingResult = old.manifest.result.model_copy(update={"gate": gate})
    page = page_of(second(old, dataset=dataset, result=result), old, PageLinks(preprocessing="http://data"))
    metrics = section(page, "Metrics")
    assert "Both are of one test split" not in metrics
    assert 'href="http://data/v1/datasets/newer/report?compare=made#drift"' in metrics
    assert "log_loss 0.4000 of version 2, 0.5000 of champion, version 1" in metrics


def test_slices_that_lost_come_first_and_other_kinds_of_labels_are_not_compared() -> None:
    old = made_version(noise=0.1)
    new = second(made_version(noise=1.5))
    slices = section(page_of(new, old), "Slices")
    differences = [float(found) for found in re.findall(r"([+-]?[\d.]+)</td><td>(?:<span|</td>)", slices)]
    assert differences == sorted(differences, reverse=True)
    page = page_of(second(made_version("regression")), old)
    assert "Their labels are of different kinds" in page
    assert "<h2>Slices</h2>" not in page


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_hostile_names_are_text(kind: Any) -> None:
    made = made_version(kind)
    page = page_of(second(made), made)
    assert "<img" not in page
    assert page.count("<script") == 1
    assert "&lt;img" in page
