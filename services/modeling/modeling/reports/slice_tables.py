"""Slices of the test split: the worst first by the decisive metric, and the metrics of each feature's values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.label_kinds import LabelTraits
from contracts.messages.evaluation import Difference, Slice, SliceGroup
from contracts.messages.metrics import HIGHER_IS_BETTER, TITLES, Interval, MetricName, Metrics
from modeling.evaluation.slices import ENOUGH_ROWS

__all__ = ["RankedSlice", "RankedSlices", "name_of", "rank_slices", "slice_table"]

SHOWN = 15


@dataclass(frozen=True)
class RankedSlice:
    """A group of rows, compared with the whole test split by the decisive metric."""

    feature: str
    group: str
    is_value: bool
    rows: int
    value: float
    interval: Interval | None
    difference: float
    difference_interval: Interval | None
    worse: float
    """By how much it is worse, at least where there is an interval; below 0: better."""
    verdict: str
    """`worse` or `better` where the interval leaves no doubt, else empty."""


@dataclass(frozen=True)
class RankedSlices:
    """The slices with enough rows, the worst first."""

    metric: str
    whole: float
    slices: list[RankedSlice]
    more: int
    """Ranked slices that are not among `slices`."""
    too_small: int
    enough: int = ENOUGH_ROWS


def rank_slices(slices: Sequence[Slice], label: LabelTraits, whole: Metrics) -> RankedSlices | None:
    """Rank all groups of all features by the decisive metric; None where it is undefined on the test split."""
    metric = label.decisive
    value = getattr(whole, metric)
    groups = [(sliced.feature, group) for sliced in slices for group in sliced.groups]
    if value is None or not groups:
        return None
    ranked = sorted(_ranked(groups, metric, value), key=lambda ranked_slice: -ranked_slice.worse)
    return RankedSlices(
        metric=TITLES[metric],
        whole=value,
        slices=ranked[:SHOWN],
        more=max(len(ranked) - SHOWN, 0),
        too_small=len(groups) - len(ranked),
    )


def _ranked(groups: Iterable[tuple[str, SliceGroup]], metric: MetricName, whole: float) -> Iterable[RankedSlice]:
    sign = -1 if HIGHER_IS_BETTER[metric] else 1
    for feature, group in groups:
        value, difference = getattr(group.metrics, metric), group.differences.get(metric)
        if value is None or group.metrics.rows < ENOUGH_ROWS:
            continue
        name, is_value = name_of(group)
        ends = _worse(difference, sign)
        yield RankedSlice(
            feature=feature,
            group=name,
            is_value=is_value,
            rows=group.metrics.rows,
            value=value,
            interval=group.intervals.get(metric),
            difference=value - whole if difference is None else difference.value,
            difference_interval=None if difference is None else difference.interval,
            worse=sign * (value - whole) if ends is None else ends.low,
            verdict="" if ends is None else "worse" if ends.low > 0 else "better" if ends.high < 0 else "",
        )


def _worse(difference: Difference | None, sign: int) -> Interval | None:
    """Return the interval of how much worse a group is, whichever the metric's direction."""
    if difference is None:
        return None
    ends = sorted([sign * difference.interval.low, sign * difference.interval.high])
    return Interval(low=ends[0], high=ends[1])


def name_of(group: SliceGroup) -> tuple[str, bool]:
    """Return the words for a group, and whether they are a value of the data."""
    if group.value is not None and group.of == "value":
        return group.value, True
    return group.of.replace("_", " "), False


_NOT_SHOWN = {"brier", "pr_auc", "ece", "top_3_accuracy", "top_5_accuracy", "mape"}


def slice_table(sliced: Slice, label: LabelTraits) -> dict[str, Any]:
    """Return the metrics of each value of one feature, without those that few rows tell little of or that resemble others."""
    shown: list[MetricName] = [name for name in label.metrics if name not in _NOT_SHOWN]
    groups: list[dict[str, Any]] = []
    for group in sliced.groups:
        name, is_value = name_of(group)
        groups.append(
            {
                "name": name,
                "is_value": is_value,
                "rows": group.metrics.rows,
                "label": group.mean_label,
                "prediction": group.mean_prediction,
                "values": [getattr(group.metrics, metric) for metric in shown],
            }
        )
    return {"feature": sliced.feature, "metrics": [TITLES[name] for name in shown], "groups": groups}
