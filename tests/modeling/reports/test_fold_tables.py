"""The report's section on folds has their mean, their values, and reasons to doubt them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.modeling.reports.made_versions import made_version, predictions_of

from chassis.pages.number_format import number
from contracts.label_kinds import LABEL_KINDS, LabelKind, label_traits
from contracts.messages.folds.results import CrossValidation, FoldResult
from modeling.label_kinds import labels_of_kind
from modeling.reports.fold_tables import folds_report
from modeling.reports.version_report import report_page
from modeling.training.folds.fold_spread import metrics_of_folds

NOTE = "The dataset is split by files, but folds are random."


def made_folds(kind: LabelKind) -> CrossValidation:
    scores = [labels_of_kind(kind).score(*predictions_of(kind, 400, seed)) for seed in range(4)]
    folds = [
        FoldResult(fold=number + 1, training_rows=1200, metrics=score, epochs=9, kept_epoch=7, seconds=1.5)
        for number, score in enumerate(scores)
    ]
    return CrossValidation(by="row", folds=folds, metrics=metrics_of_folds(kind, scores), notes=[NOTE])


@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_mean_deviation_and_each_fold_are_shown(kind: LabelKind) -> None:
    made, folds = made_version(kind), made_folds(kind)
    result = made.manifest.result
    evaluation = result.evaluation.model_copy(update={"cross_validation": folds})
    manifest = made.manifest.model_copy(update={"result": result.model_copy(update={"evaluation": evaluation})})
    page = bytes(report_page(manifest, made.detail, [], is_default=True).body).decode()
    section = page[page.index('id="folds"') : page.index("Learning curves")]
    decisive = label_traits(kind).decisive
    assert number(folds.metrics[decisive].mean) in section
    assert number(folds.metrics[decisive].std) in section
    for fold in folds.folds:
        assert number(getattr(fold.metrics, decisive)) in section
    assert NOTE in section
    assert section.count("<svg") == 1
    assert section.count("7 of 9") == 4
    before = bytes(report_page(made.manifest, made.detail, [], is_default=True).body).decode()
    assert 'id="folds"' not in before


def test_no_plot_of_a_metric_that_a_fold_does_not_have() -> None:
    folds, traits = made_folds("binary"), label_traits("binary")
    metrics: dict[Any, Any] = {name: over for name, over in folds.metrics.items() if name != traits.decisive}
    test = labels_of_kind("binary").score(np.array([0, 1]), np.array([0.1, 0.9]))
    report = folds_report(folds.model_copy(update={"metrics": metrics}), traits, test)
    assert report.chart is None
    assert len(report.names) == len(metrics)
