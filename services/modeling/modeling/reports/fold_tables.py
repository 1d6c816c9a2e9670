"""Cross-validation on a version's report: mean and spread of each metric, a plot of the folds, and their values."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from chassis.pages.charts import Axis, Line, line_chart
from contracts.label_kinds import LabelTraits
from contracts.messages.folds.results import CrossValidation, FoldMetric, FoldResult
from contracts.messages.metrics import HIGHER_IS_BETTER, TITLES, MetricName, Metrics

__all__ = ["FoldsReport", "folds_report"]


@dataclass(frozen=True)
class SpreadRow:
    """A metric over the folds, and of the version itself on the test split."""

    name: str
    over: FoldMetric
    on_test: float | None
    is_higher_better: bool


@dataclass(frozen=True)
class FoldRow:
    """One fold: its rows and its value of each metric of the table."""

    result: FoldResult
    values: list[float | None]


@dataclass(frozen=True)
class FoldsReport:
    """The section of a report."""

    count: int
    is_by_key: bool
    chart: Markup | None
    spreads: list[SpreadRow]
    rows: list[FoldRow]
    notes: list[str]

    @property
    def names(self) -> list[str]:
        """Return the names of the metrics, as the rows of folds have them."""
        return [spread.name for spread in self.spreads]


def folds_report(cross_validation: CrossValidation, label: LabelTraits, test: Metrics) -> FoldsReport:
    """Return the section. `test`: the version's metrics on the test split."""
    folds, metrics = cross_validation.folds, cross_validation.metrics
    return FoldsReport(
        count=len(folds),
        is_by_key=cross_validation.by == "key",
        chart=_chart(cross_validation, label.decisive) if label.decisive in metrics else None,
        spreads=[
            SpreadRow(TITLES[name], over, getattr(test, name), HIGHER_IS_BETTER[name]) for name, over in metrics.items()
        ],
        rows=[FoldRow(result, [getattr(result.metrics, name) for name in metrics]) for result in folds],
        notes=cross_validation.notes,
    )


def _chart(cross_validation: CrossValidation, metric: MetricName) -> Markup:
    folds, over = cross_validation.folds, cross_validation.metrics[metric]
    ends = [0.5, len(folds) + 0.5]
    lines = [
        Line(
            "mean, with its 95 % interval",
            ends,
            [over.mean] * 2,
            tone=2,
            ranges=[(over.interval.low, over.interval.high)] * 2,
        ),
        Line(
            "fold",
            [float(result.fold) for result in folds],
            [getattr(result.metrics, metric) for result in folds],
            dots=True,
        ),
    ]
    title = TITLES[metric]
    return line_chart(f"{title[:1].upper()}{title[1:]} by fold", lines, Axis("fold", *ends), Axis(title))
