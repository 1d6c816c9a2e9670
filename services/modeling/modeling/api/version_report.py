"""HTML report on one version: learning curves, metrics, slices, feature importance, and lineage."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from markupsafe import Markup

from chassis.pages.charts import Axis, Line, line_chart
from chassis.pages.layout import environment, page_response
from contracts.label_kinds import LabelTraits, label_traits
from contracts.messages.evaluation import Confusion, Evaluation, EvaluationDetail, Importance, Slice, Worsening
from contracts.messages.metrics import HIGHER_IS_BETTER, TITLES, MetricName
from contracts.messages.trainings import EpochRecord
from modeling.repository.versions import VersionManifest

_templates = environment("modeling")


def report_page(
    manifest: VersionManifest, detail: EvaluationDetail, labels: list[str], *, is_default: bool
) -> Response:
    """Render the page as of now: labels can move."""
    evaluation = manifest.result.evaluation
    label = label_traits(manifest.schema_.label.kind)
    return page_response(
        _templates,
        "report.html",
        manifest=manifest,
        evaluation=evaluation,
        label=label,
        gate=manifest.result.gate,
        labels=labels,
        is_default=is_default,
        metrics=_metrics(evaluation, label),
        learning=_learning(manifest.result.history),
        plots=_plots(detail, evaluation),
        confusion=_confusion(evaluation.confusion),
        slices=[_slice(sliced, label) for sliced in detail.slices],
        importance=detail.importance and _importance(detail.importance),
        lineage=_lineage(manifest),
        features=_features(manifest),
        request=manifest.request.model_dump_json(indent=2, exclude_none=True),
    )


def _metrics(evaluation: Evaluation, label: LabelTraits) -> list[dict[str, Any]]:
    """Return each metric with the baseline's, and the intervals of both."""
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
    ]


def _learning(history: list[EpochRecord]) -> list[Markup]:
    """Plot each metric by epoch, training and validation together."""
    records = [record.model_dump(exclude={"epoch"}) for record in history]
    epochs = [record.epoch for record in history]
    charts: list[Markup] = []
    for name in records[0] if records else {}:
        if name.startswith("val_"):
            continue
        lines = [Line("training", epochs, [_number(record[name]) for record in records], dots=len(epochs) <= 30)]
        validation = [_number(record.get(f"val_{name}")) for record in records]
        if any(value is not None for value in validation):
            lines.append(Line("validation", epochs, validation, tone=2, dots=len(epochs) <= 30))
        if any(value is not None for line in lines for value in line.ys):
            charts.append(line_chart(_title(name), lines, Axis("epoch"), Axis(_title(name))))
    return charts


def _title(name: str) -> str:
    return next((title for metric, title in TITLES.items() if metric == name), name)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _plots(detail: EvaluationDetail, evaluation: Evaluation) -> list[Markup]:
    share = (0.0, 1.0)
    charts: list[Markup] = []
    if (roc := detail.roc) is not None:
        lines = [
            Line("chance", share, share, tone=0, dashed=True),
            Line("model", roc.false_positive_rate, roc.true_positive_rate),
        ]
        charts.append(line_chart("ROC", lines, Axis("false positive rate", *share), Axis("true positive rate", *share)))
    if (curve := detail.precision_recall) is not None and evaluation.confusion is not None:
        positives = sum(evaluation.confusion.counts[1]) / max(evaluation.test.rows, 1)
        lines = [
            Line("chance", share, [positives] * 2, tone=0, dashed=True),
            Line("model", curve.recall, curve.precision),
        ]
        charts.append(line_chart("Precision and recall", lines, Axis("recall", *share), Axis("precision", *share)))
    if bins := detail.calibration:
        greatest = max(max(tenth.predicted, tenth.interval.high) for tenth in bins)
        high = min(1.0, greatest * 1.05)
        lines = [
            Line("perfect", [0.0, high], [0.0, high], tone=0, dashed=True),
            Line(
                "model (deciles)",
                [tenth.predicted for tenth in bins],
                [tenth.observed for tenth in bins],
                dots=True,
                ranges=[(tenth.interval.low, tenth.interval.high) for tenth in bins],
            ),
        ]
        charts.append(
            line_chart(
                "Calibration", lines, Axis("mean prediction", 0.0, high), Axis("observed positive rate", 0.0, high)
            )
        )
    return charts


def _confusion(confusion: Confusion | None) -> dict[str, Any] | None:
    """Return the confusion counts with the totals of rows and columns."""
    if confusion is None:
        return None
    total = [sum(row) for row in zip(*confusion.counts, strict=True)]
    rows = [
        {
            "name": name,
            "counts": counts,
            "recall": counts[index] / sum(counts) if sum(counts) else None,
            "precision": counts[index] / total[index] if total[index] else None,
        }
        for index, (name, counts) in enumerate(zip(confusion.classes, confusion.counts, strict=True))
    ]
    return {"classes": confusion.classes, "rows": rows, "threshold": confusion.threshold}


def _slice(sliced: Slice, label: LabelTraits) -> dict[str, Any]:
    shown: list[MetricName] = [name for name in label.metrics if name not in {"brier", "pr_auc"}]
    groups = [
        {
            "name": group.value if group.of == "value" else group.of.replace("_", " "),
            "is_value": group.of == "value",
            "rows": group.metrics.rows,
            "label": group.mean_label,
            "prediction": group.mean_prediction,
            "values": [getattr(group.metrics, name) for name in shown],
        }
        for group in sliced.groups
    ]
    return {"feature": sliced.feature, "metrics": [TITLES[name] for name in shown], "groups": groups}


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
        "features": rows,
        "greatest": max(
            (abs(feature.worse[metric].mean) for feature in features if metric in feature.worse), default=0.0
        ),
    }


def _lineage(manifest: VersionManifest) -> list[tuple[str, str]]:
    return [
        ("dataset", manifest.dataset.name),
        ("its fingerprint", manifest.dataset.fingerprint),
        ("label", manifest.schema_.label.expression or manifest.schema_.label.name),
        ("training job", manifest.job),
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
