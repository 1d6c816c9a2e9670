"""HTML report on one version: learning curves, metrics, slices, feature importance, missing values, and lineage."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from chassis.pages.layout import environment, page_response
from contracts.label_kinds import LabelTraits, label_traits
from contracts.messages.evaluation import Evaluation, EvaluationDetail, Importance, Worsening
from contracts.messages.metrics import HIGHER_IS_BETTER, TITLES, MetricName
from modeling.reports.class_tables import ConfusionTable, confusion_table, threshold_data
from modeling.reports.fold_tables import folds_report
from modeling.reports.links import PageLinks
from modeling.reports.missing_tables import missing_report
from modeling.reports.slice_tables import rank_slices, slice_table
from modeling.reports.version_charts import class_charts, detail_charts, learning_charts
from modeling.repository.versions import VersionManifest

_templates = environment("modeling")

_SHOWN_FEATURES = 200
"""Features that a table lists, the most important ones first where they are ranked."""


def report_page(
    manifest: VersionManifest,
    detail: EvaluationDetail,
    labels: list[str],
    *,
    is_default: bool,
    links: PageLinks | None = None,
) -> Response:
    """Render the page as of now: labels can move."""
    evaluation = manifest.result.evaluation
    label = label_traits(manifest.schema_.label.kind)
    links = links or PageLinks()
    return page_response(
        _templates,
        "version_report.html",
        scripts=["threshold.js"],
        nav=links.nav,
        links=links,
        manifest=manifest,
        evaluation=evaluation,
        label=label,
        calibration=evaluation.calibration,
        gate=manifest.result.gate,
        labels=labels,
        is_default=is_default,
        metrics=_metrics(evaluation, label),
        learning=learning_charts(manifest.result.history, manifest.result.kept_epoch),
        plots=detail_charts(detail, evaluation),
        class_plots=class_charts(detail),
        errors=detail.errors,
        threshold=evaluation.threshold,
        quantiles=evaluation.quantiles,
        folds=evaluation.cross_validation and folds_report(evaluation.cross_validation, label, evaluation.test),
        confusion=_confusion(evaluation, detail),
        class_auc=sorted(detail.class_auc, key=lambda of_class: (of_class.auc is None, of_class.auc or 0.0)),
        thresholds=detail.thresholds
        and threshold_data(detail.thresholds, evaluation.threshold and evaluation.threshold.test.confusion),
        ranked=rank_slices(detail.slices, label, evaluation.test),
        slices=[slice_table(sliced, label) for sliced in detail.slices],
        importance=detail.importance and _importance(detail.importance),
        missing=detail.missing and missing_report(detail.missing, label, [*map(str, manifest.classes or [])]),
        masks_fields=manifest.request.masking is not None and manifest.request.masking.masks_anything,
        lineage=_lineage(manifest),
        features=_features(manifest),
        shown_features=_SHOWN_FEATURES,
        request=manifest.request.model_dump_json(indent=2, exclude_none=True),
    )


def _confusion(evaluation: Evaluation, detail: EvaluationDetail) -> ConfusionTable | None:
    """Return the confusion at the version's threshold, if it has one, else the evaluation's."""
    chosen = evaluation.threshold and evaluation.threshold.test.confusion
    confusion = chosen or evaluation.confusion
    return confusion and confusion_table(confusion, detail.class_calibration)


def _metrics(evaluation: Evaluation, label: LabelTraits) -> list[dict[str, Any]]:
    """Return each metric with the baseline's, and the intervals of both; without those that neither has."""
    return [
        {
            "name": TITLES[name],
            "value": getattr(evaluation.test, name),
            "interval": evaluation.intervals.get(name),
            "baseline": getattr(evaluation.baseline, name),
            "baseline_interval": evaluation.baseline_intervals.get(name),
            "higher": HIGHER_IS_BETTER[name],
        }
        for name in label.metrics
        if getattr(evaluation.test, name) is not None or getattr(evaluation.baseline, name) is not None
    ]


def _importance(importance: Importance) -> dict[str, Any]:
    metric, features = importance.metric, importance.features
    worse: dict[MetricName, Worsening] = features[0].worse if features else {}
    others: list[MetricName] = list(worse)[:1] if next(iter(worse), None) != metric else list(worse)[1:2]
    rows = [
        {
            "feature": feature.feature,
            "worse": feature.worse.get(metric),
            "others": [feature.worse.get(name) for name in others],
        }
        for feature in features
    ]
    return {
        "metric": TITLES[metric],
        "others": [TITLES[name] for name in others],
        "rows": importance.rows,
        "repeats": importance.repeats,
        "other_features": importance.other_features,
        "features": rows,
        "greatest": max(
            (abs(feature.worse[metric].mean) for feature in features if metric in feature.worse), default=0.0
        ),
    }


def _lineage(manifest: VersionManifest) -> list[tuple[str, str]]:
    return [
        ("its fingerprint", manifest.dataset.fingerprint),
        ("label", manifest.schema_.label.shown),
        *((name, version) for name, version in manifest.libraries.items()),
    ]


def _features(manifest: VersionManifest) -> list[tuple[str, str, str]]:
    """Return each feature and cross: name, kind and rules."""
    schema = manifest.schema_
    features = [
        (name, feature.kind, feature.model_dump_json(exclude={"kind"}, exclude_none=True))
        for name, feature in schema.features.items()
    ]
    return features + [
        (cross.name, "cross", cross.model_dump_json(exclude={"name"}, exclude_none=True)) for cross in schema.crosses
    ]
