"""Conditions for serving a model: bounds on its metrics, and a version that it must beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from contracts.classes import ClassName
from contracts.errors import InvalidRequest, pointer
from contracts.label_kinds import LabelKind, label_traits
from contracts.messages.evaluation import ClassAuc, MissingValues
from contracts.messages.folds.results import CrossValidation
from contracts.messages.gates import Bound, Comparison, Gate, Miss, Require, RequireFolds, RequireMissing
from contracts.messages.metrics import HIGHER_IS_BETTER, MetricName, Metrics


def check_metrics(require: Require, kind: LabelKind, classes: Sequence[ClassName] = ()) -> None:
    """Raise `InvalidRequest` for a metric that labels of this kind do not have, and for a class that is not among these."""
    for name in require.bounds:
        _check_metric(name, kind, pointer("require", name))
    for name in require.missing.bounds if require.missing else ():
        _check_metric(name, kind, pointer("require", "missing", name))
    for name in require.folds.bounds if require.folds else ():
        _check_metric(name, kind, pointer("require", "folds", name))
    names = [str(name) for name in classes]
    for name in require.class_auc:
        if name not in names:
            known = f"its classes are {', '.join(names[:20])}" if names else "this one has no classes"
            raise InvalidRequest(
                f"only a label of several classes has an AUC by class, and {known}. Received: {name!r}",
                pointer=pointer("require", "class_auc", name),
            )
    if require.better_than is not None and require.better_than.metric is not None:
        _check_metric(require.better_than.metric, kind, "/require/better_than/metric")


def judge(
    require: Require,
    kind: LabelKind,
    ours: Metrics,
    incumbent: tuple[int, Metrics] | None,
    missing: MissingValues | None = None,
    class_auc: Sequence[ClassAuc] = (),
    folds: CrossValidation | None = None,
) -> Gate:
    """Evaluate the conditions on the metrics of the test split. `incumbent`: its number and metrics, if there is one.

    `missing`: the metrics where fields are missing, which a condition on them needs; None, which misses it, without test rows.
    `class_auc`: of each class, for conditions on single ones. `folds`: their means, for conditions on these.
    """
    missed = [miss for name, bound in require.bounds.items() for miss in _misses(name, bound, _value(ours, name))]
    missed += _class_misses(require, class_auc)
    if require.folds is not None:
        missed += _fold_misses(require.folds, folds)
    if require.missing is not None:
        missed += _missing_misses(require.missing, missing)
    wanted = require.better_than
    compared = None
    if wanted is not None and incumbent is not None:
        metric = wanted.metric or label_traits(kind).decisive
        compared = Comparison(
            label=wanted.label,
            version=incumbent[0],
            metric=metric,
            its=_value(incumbent[1], metric),
            ours=_value(ours, metric),
        )
        missed += _not_better(compared, wanted.by)
    return Gate(passed=not missed, missed=missed, compared=compared)


def _value(metrics: Metrics, name: MetricName) -> float | None:
    return cast("float | None", getattr(metrics, name))


def _misses(name: MetricName, bound: Bound, value: float | None) -> list[Miss]:
    misses: list[Miss] = []
    if bound.min is not None and (value is None or value < bound.min):
        off = None if value is None else bound.min - value
        misses.append(Miss(condition=f"{name}.min", metric=name, required=bound.min, received=value, by=off))
    if bound.max is not None and (value is None or value > bound.max):
        off = None if value is None else value - bound.max
        misses.append(Miss(condition=f"{name}.max", metric=name, required=bound.max, received=value, by=off))
    return misses


def _class_misses(require: Require, class_auc: Sequence[ClassAuc]) -> list[Miss]:
    by_name = {of_class.name: of_class.auc for of_class in class_auc}
    return [
        miss.model_copy(
            update={"condition": f"class_auc.{name}.{miss.condition.removeprefix('auc.')}", "class_name": name}
        )
        for name, bound in require.class_auc.items()
        for miss in _misses("auc", bound, by_name.get(name))
    ]


def _fold_misses(require: RequireFolds, folds: CrossValidation | None) -> list[Miss]:
    means = {} if folds is None else {name: of_folds.mean for name, of_folds in folds.metrics.items()}
    return [
        miss.model_copy(update={"condition": f"folds.{miss.condition}"})
        for name, bound in require.bounds.items()
        for miss in _misses(name, bound, means.get(name))
    ]


def _missing_misses(require: RequireMissing, missing: MissingValues | None) -> list[Miss]:
    by_share = {} if missing is None else {masked.share: masked.metrics for masked in missing.by_share}
    metrics = by_share.get(require.share)
    misses = [
        miss
        for name, bound in require.bounds.items()
        for miss in _misses(name, bound, None if metrics is None else _value(metrics, name))
    ]
    return [
        miss.model_copy(update={"condition": f"missing.{miss.condition}", "missing_share": require.share})
        for miss in misses
    ]


def _not_better(compared: Comparison, by: float) -> list[Miss]:
    """Return a miss unless ours is better by `by`; a tie is a miss. An undefined metric of the incumbent is always beaten."""
    if compared.its is None:
        return []
    sign = 1 if HIGHER_IS_BETTER[compared.metric] else -1
    required = compared.its + sign * by
    if compared.ours is not None:
        ahead = sign * (compared.ours - required)
        if ahead > 0 or (by > 0 and ahead == 0):
            return []
    off = None if compared.ours is None else abs(compared.ours - required)
    return [Miss(condition="better_than", metric=compared.metric, required=required, received=compared.ours, by=off)]


def _check_metric(name: MetricName, kind: LabelKind, where: str) -> None:
    if name not in label_traits(kind).metrics:
        known = ", ".join(label_traits(kind).metrics)
        raise InvalidRequest(f"labels of kind {kind} have the metrics {known}. Received: {name!r}", pointer=where)
