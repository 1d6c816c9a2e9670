"""The plots of a version's report."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from chassis.pages.charts import Axis, Column, Line, Mark, column_chart, line_chart, stepped
from chassis.pages.number_format import visible
from contracts.messages.evaluation import (
    CalibrationBin,
    Evaluation,
    EvaluationDetail,
    GainCurve,
    QuantileEvaluation,
    RegressionErrors,
    ThresholdCurve,
    ValueHistogram,
)
from contracts.messages.metrics import TITLES
from contracts.messages.trainings import EpochRecord
from contracts.messages.tuning.thresholds import Threshold

__all__ = ["class_charts", "detail_charts", "learning_charts"]

_SHARE = (0.0, 1.0)
_LABELS_OF_HISTOGRAM = {"0": "label 0", "1": "label 1"}


def learning_charts(history: Sequence[EpochRecord], kept_epoch: int | None) -> list[Markup]:
    """Plot each metric by epoch, training and validation together, with a mark at the epoch whose weights were kept."""
    records = [record.model_dump(exclude={"epoch"}) for record in history]
    epochs = [record.epoch for record in history]
    mark = None if kept_epoch is None else Mark(kept_epoch, f"kept: epoch {kept_epoch}")
    charts: list[Markup] = []
    for name in records[0] if records else {}:
        if name.startswith("val_"):
            continue
        lines = [Line("training", epochs, [_number(record[name]) for record in records], dots=len(epochs) <= 30)]
        validation = [_number(record.get(f"val_{name}")) for record in records]
        if any(value is not None for value in validation):
            lines.append(Line("validation", epochs, validation, tone=2, dots=len(epochs) <= 30))
        if any(value is not None for line in lines for value in line.ys):
            charts.append(line_chart(_title(name), lines, Axis("epoch"), Axis(_title(name)), mark))
    return charts


def _title(name: str) -> str:
    return next((title for metric, title in TITLES.items() if metric == name), name)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def detail_charts(detail: EvaluationDetail, evaluation: Evaluation) -> list[Markup]:
    """Return the plots that the evaluation has values for: those of a version of an earlier release are fewer."""
    charts: list[Markup] = []
    if (roc := detail.roc) is not None:
        lines = [
            Line("chance", _SHARE, _SHARE, tone=0, dashed=True),
            Line("model", roc.false_positive_rate, roc.true_positive_rate),
        ]
        charts.append(
            line_chart("ROC", lines, Axis("false positive rate", *_SHARE), Axis("true positive rate", *_SHARE))
        )
    if (curve := detail.precision_recall) is not None and evaluation.confusion is not None:
        positives = sum(evaluation.confusion.counts[1]) / max(evaluation.test.rows, 1)
        lines = [
            Line("chance", _SHARE, [positives] * 2, tone=0, dashed=True),
            Line("model", curve.recall, curve.precision),
        ]
        charts.append(line_chart("Precision and recall", lines, Axis("recall", *_SHARE), Axis("precision", *_SHARE)))
    if detail.calibration:
        charts.append(_calibration("Calibration", detail.calibration, "observed positive rate"))
    if detail.thresholds is not None and detail.thresholds.rows[1]:
        charts.append(_by_threshold(detail.thresholds, evaluation.threshold))
    if detail.gain is not None:
        charts += _gain(detail.gain)
    if detail.scores is not None:
        charts.append(_scores(detail.scores))
    if detail.errors is not None:
        charts += _regression(detail.errors)
    if evaluation.quantiles is not None:
        charts.append(_coverage(evaluation.quantiles))
    return charts


def class_charts(detail: EvaluationDetail) -> list[Markup]:
    """Plot the calibration of each class."""
    return [
        _calibration(visible(of_class.name), of_class.bins, "observed share") for of_class in detail.class_calibration
    ]


def _calibration(title: str, bins: Sequence[CalibrationBin], observed: str) -> Markup:
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
    return line_chart(title, lines, Axis("mean prediction", 0.0, high), Axis(observed, 0.0, high))


def _by_threshold(curve: ThresholdCurve, threshold: Threshold | None) -> Markup:
    precision: list[float | None] = []
    recall: list[float | None] = []
    f1: list[float | None] = []
    for right, wrong in zip(curve.true_positives, curve.false_positives, strict=True):
        precision.append(right / (right + wrong) if right + wrong else None)
        recall.append(right / curve.rows[1])
        f1.append(2 * right / (right + wrong + curve.rows[1]))
    lines = [
        Line("precision", curve.thresholds, precision),
        Line("recall", curve.thresholds, recall, tone=2),
        Line("F1", curve.thresholds, f1, tone=3),
    ]
    mark = threshold and Mark(threshold.value, f"threshold: {threshold.value:.3g}")
    return line_chart("By threshold", lines, Axis("threshold", *_SHARE), Axis("share", *_SHARE), mark)


def _gain(gain: GainCurve) -> list[Markup]:
    rows, gained = [0.0, *gain.rows], [0.0, *gain.positives]
    lines = [Line("chance", _SHARE, _SHARE, tone=0, dashed=True), Line("model", rows, gained)]
    lift = [share / taken for taken, share in zip(gain.rows, gain.positives, strict=True)]
    over = [Line("chance", _SHARE, [1.0, 1.0], tone=0, dashed=True), Line("model", gain.rows, lift)]
    of_rows = Axis("rows, highest predictions first", *_SHARE)
    return [
        line_chart("Cumulative gain", lines, of_rows, Axis("share of all positives", *_SHARE)),
        line_chart("Lift", over, of_rows, Axis("times the mean rate", 0.0)),
    ]


def _scores(histogram: ValueHistogram) -> Markup:
    """Draw each group's shares of its own rows, so that a rare one is seen."""
    lines = [
        stepped(
            _LABELS_OF_HISTOGRAM.get(group.name, group.name),
            histogram.edges,
            [count / max(sum(group.counts), 1) for count in group.counts],
            tone,
        )
        for tone, group in enumerate(histogram.groups, start=1)
    ]
    is_binary = {group.name for group in histogram.groups} <= {*_LABELS_OF_HISTOGRAM}
    title, axis = ("Predictions by label", "prediction") if is_binary else ("Confidence", "greatest probability")
    return line_chart(title, lines, Axis(axis, *_SHARE), Axis("share of its rows", 0.0))


def _coverage(quantiles: QuantileEvaluation) -> Markup:
    """Plot the share of rows below each quantile against its level."""
    lines = [
        Line("nominal", _SHARE, _SHARE, tone=0, dashed=True),
        Line(
            "model",
            [fit.level for fit in quantiles.quantiles],
            [fit.below for fit in quantiles.quantiles],
            dots=True,
            ranges=[(fit.below_interval.low, fit.below_interval.high) for fit in quantiles.quantiles],
        ),
    ]
    return line_chart(
        "Quantiles: observed against nominal", lines, Axis("level", *_SHARE), Axis("share of rows below", *_SHARE)
    )


def _regression(errors: RegressionErrors) -> list[Markup]:
    both = [*errors.predicted, *errors.actual]
    ends = [min(both), max(both)]
    residuals = [predicted - actual for predicted, actual in zip(errors.predicted, errors.actual, strict=True)]
    against = [
        Line("rows", errors.predicted, errors.actual, joined=False),
        Line("perfect", ends, ends, tone=0, dashed=True),
        Line(
            "means of tenths",
            [tenth.predicted for tenth in errors.tenths],
            [tenth.actual for tenth in errors.tenths],
            tone=2,
            dots=True,
        ),
    ]
    predictions = [min(errors.predicted), max(errors.predicted)]
    around = [
        Line("rows", errors.predicted, residuals, joined=False),
        Line("no error", predictions, [0.0, 0.0], tone=0, dashed=True),
    ]
    edges, counts = errors.histogram.edges, errors.histogram.groups[0].counts
    columns = [Column(begin, end, count) for begin, end, count in zip(edges[:-1], edges[1:], counts, strict=True)]
    return [
        line_chart("Predicted and actual", against, Axis("predicted"), Axis("actual")),
        line_chart("Residuals", around, Axis("predicted"), Axis("predicted minus actual")),
        column_chart("Errors, the middle 98 %", columns, Axis("predicted minus actual"), Axis("rows")),
    ]
