"""The cost of missing and unseen values: plots by share of missing fields, tables by share and by feature, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chassis.pages.charts import Axis, Line, line_chart
from contracts.label_kinds import LabelTraits
from contracts.messages.evaluation import MaskedRows, MissingValues
from contracts.messages.metrics import HIGHER_IS_BETTER, TITLES, MetricName, Metrics

__all__ = ["MissingReport", "missing_report"]

SHOWN = 20
"""Rows of the table of features that are open at first."""
TOLERANCE = 0.005
"""Share of the baseline's metric by which a model may be worse without being marked: one that knows nothing equals it roughly."""


@dataclass(frozen=True)
class MaskedRow:
    """Masked rows: the decisive metric, by how much it is worse than of the same rows as they are, and another metric."""

    name: str
    masked_as: str
    value: float | None
    worse: float | None
    other: float | None
    calibration: float | None
    """The mean prediction; of several classes the difference in `class_name`."""
    class_name: str | None
    loses_to_baseline: bool
    training_rows: int | None = None


@dataclass(frozen=True)
class MissingReport:
    """The section of a report: `shares` by ascending share, and `features` with the worst first."""

    charts: list[Markup]
    metric: str
    other: str
    rows: int
    baseline: float | None
    other_of_baseline: float | None
    mean_label: float | None
    """None where labels are classes: the calibration is then that of the class whose mean probability is farthest off."""
    shares: list[MaskedRow]
    features: list[MaskedRow]
    other_features: int
    greatest: float
    shown: int = SHOWN

    @property
    def features_masked(self) -> int:
        """Return how many features were masked one by one."""
        return len({row.name for row in self.features})


def missing_report(missing: MissingValues, label: LabelTraits, classes: Sequence[str]) -> MissingReport:
    """Return the section; `classes`: the names of a label that has classes, in the order of ids."""
    metric = label.decisive
    other: MetricName = "auc" if "auc" in label.metrics else "mae"
    whole = _value(missing.by_share[0].metrics, metric)
    baseline = _value(missing.baseline, metric)

    def row(masked: MaskedRows, name: str, masked_as: str, training_rows: int | None = None) -> MaskedRow:
        value = _value(masked.metrics, metric)
        calibration, class_name = _calibration(masked, missing, classes)
        return MaskedRow(
            name=name,
            masked_as=masked_as,
            value=value,
            worse=_worse(metric, value, whole),
            other=_value(masked.metrics, other),
            calibration=calibration,
            class_name=class_name,
            loses_to_baseline=(_worse(metric, value, baseline) or 0.0) > TOLERANCE * abs(baseline or 0.0),
            training_rows=training_rows,
        )

    features = [row(single, single.feature, single.masked_as, single.training_rows) for single in missing.by_feature]
    return MissingReport(
        charts=_charts(missing, metric, other, label),
        metric=TITLES[metric],
        other=TITLES[other],
        rows=missing.rows,
        baseline=baseline,
        other_of_baseline=_value(missing.baseline, other),
        mean_label=missing.mean_label if isinstance(missing.mean_label, float) else None,
        shares=[row(by_share, f"{100 * by_share.share:g}%", "missing") for by_share in missing.by_share],
        features=features,
        other_features=missing.other_features,
        greatest=max((abs(masked.worse) for masked in features if masked.worse is not None), default=0.0),
    )


def _charts(missing: MissingValues, metric: MetricName, other: MetricName, label: LabelTraits) -> list[Markup]:
    shares = [masked.share for masked in missing.by_share]
    across = Axis("share of fields that are missing", 0.0, 1.0)
    charts: list[Markup] = []
    for name in (metric, other):
        values = [_value(masked.metrics, name) for masked in missing.by_share]
        constant = _value(missing.baseline, name)
        lines = [
            Line("constant baseline", [0.0, 1.0], [constant, constant], tone=0, dashed=True),
            Line("model", shares, values, dots=True),
        ]
        charts.append(
            line_chart(f"{_capital(TITLES[name])} by share of missing fields", lines, across, Axis(TITLES[name]))
        )
    if label.has_mean:
        truth = [missing.mean_label if isinstance(missing.mean_label, float) else None] * 2
        lines = [
            Line("mean label", [0.0, 1.0], truth, tone=0, dashed=True),
            Line(
                "mean prediction", shares, [_number(masked.mean_prediction) for masked in missing.by_share], dots=True
            ),
        ]
        return [
            *charts,
            line_chart("Mean prediction by share of missing fields", lines, across, Axis("mean prediction")),
        ]
    farthest = [_calibration(masked, missing, ())[0] for masked in missing.by_share]
    lines = [
        Line("calibrated", [0.0, 1.0], [0.0, 0.0], tone=0, dashed=True),
        Line("class that is farthest off", shares, farthest, dots=True),
    ]
    axis = Axis("mean probability minus share of the class")
    return [*charts, line_chart("Calibration by share of missing fields", lines, across, axis)]


def _calibration(masked: MaskedRows, missing: MissingValues, classes: Sequence[str]) -> tuple[float | None, str | None]:
    """Return the mean prediction; of several classes the greatest difference from a class's share, and that class's name."""
    predicted, truth = masked.mean_prediction, missing.mean_label
    if not isinstance(predicted, list) or not isinstance(truth, list):
        return _number(predicted), None
    off = [probability - share for probability, share in zip(predicted, truth, strict=True)]
    place = max(range(len(off)), key=lambda class_id: abs(off[class_id]))
    return off[place], classes[place] if classes else None


def _value(metrics: Metrics, name: MetricName) -> float | None:
    return getattr(metrics, name)


def _worse(metric: MetricName, value: float | None, than: float | None) -> float | None:
    """Return by how much a metric is worse than another value of it, whichever its direction."""
    if value is None or than is None:
        return None
    return than - value if HIGHER_IS_BETTER[metric] else value - than


def _number(value: float | list[float] | None) -> float | None:
    return value if isinstance(value, float) else None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
