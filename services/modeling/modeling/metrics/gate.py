"""Whether a model is good enough to be served: bounds on its metrics, and being better than a version that is served now."""

from __future__ import annotations

from typing import Annotated, Self, cast

from pydantic import BeforeValidator, Field, model_validator

from contracts.base_model import Frozen, Name
from contracts.errors import InvalidRequest, pointer
from contracts.schema import LabelKind
from modeling.metrics.results import BY_KIND, DECISIVE, HIGHER_IS_BETTER, MetricName, Metrics


class Bound(Frozen):
    """From where to where a metric of the test split must lie; the limits themselves are fine."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("min or max must be given")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min must not be above max. Received: {self.min} and {self.max}")
        return self


class BetterThan(Frozen):
    """Another version of the model, asked about the same rows. Where no version has the label yet, there is nothing to beat."""

    label: Name
    metric: Annotated[
        MetricName | None, Field(description="Default: `log_loss`, or `rmse` for regression.", examples=["auc"])
    ] = None
    by: Annotated[float, Field(ge=0, description="How much better it must be, at least; 0: at all.")] = 0.0


def _from_name(value: object) -> object:
    return {"label": value} if isinstance(value, str) else value


class Require(Frozen):
    """What a model must reach on the test split.

    One that does not is kept, but marked, gets no label, and is not served unless it is asked for by its number.
    """

    auc: Bound | None = None
    pr_auc: Bound | None = None
    log_loss: Bound | None = None
    accuracy: Bound | None = None
    brier: Bound | None = None
    macro_f1: Bound | None = None
    mae: Bound | None = None
    rmse: Bound | None = None
    r2: Bound | None = None
    better_than: Annotated[
        BetterThan | None,
        BeforeValidator(_from_name, json_schema_input_type=Name | BetterThan | None),
        Field(
            description="A label, or an object that also says by which metric and by how much.", examples=["champion"]
        ),
    ] = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.bounds and self.better_than is None:
            raise ValueError("at least one condition must be given")
        return self

    @property
    def bounds(self) -> dict[MetricName, Bound]:
        """The bounds that were given."""
        given = {name: getattr(self, name) for name in HIGHER_IS_BETTER}
        return cast("dict[MetricName, Bound]", {name: bound for name, bound in given.items() if bound is not None})

    def check(self, kind: LabelKind) -> None:
        """Raise `InvalidRequest` for a metric that labels of this kind do not have."""
        for name in self.bounds:
            _check_metric(name, kind, pointer("require", name))
        if self.better_than is not None and self.better_than.metric is not None:
            _check_metric(self.better_than.metric, kind, "/require/better_than/metric")


class Miss(Frozen):
    """A condition that the model does not meet."""

    condition: Annotated[str, Field(examples=["auc.min", "better_than"])]
    metric: MetricName
    required: Annotated[float, Field(description="The bound, or what the version to beat reached, moved by `by`.")]
    received: Annotated[float | None, Field(description="Null where the metric cannot be said, which is a miss.")]
    by: Annotated[float | None, Field(description="How far the model is from what was required.")]

    def __str__(self) -> str:
        asked = {"min": "at least", "max": "at most"}.get(self.condition.rpartition(".")[2], "better than")
        received = "cannot be said" if self.received is None else f"is {self.received:.6g}, off by {self.by:.3g}"
        return f"{self.metric} must be {asked} {self.required:.6g}, and {received}"


class Comparison(Frozen):
    """The version that the model was compared with, on the same rows."""

    label: str
    version: int
    metric: MetricName
    its: Annotated[float | None, Field(description="That version's metric.")]
    ours: Annotated[float | None, Field(description="This version's.")]


class Gate(Frozen):
    """What became of the conditions."""

    passed: bool
    missed: list[Miss]
    compared: Annotated[
        Comparison | None, Field(description="Null where that was not asked for, or nothing has the label.")
    ]

    @property
    def reason(self) -> str:
        """The conditions that were missed, in words; empty where none was."""
        return "; ".join(map(str, self.missed))


def judge(require: Require, kind: LabelKind, ours: Metrics, rival: tuple[int, Metrics] | None) -> Gate:
    """Whether the metrics of the test split meet the conditions. `rival`: number and metrics of the version to beat, if any."""
    missed = [miss for name, bound in require.bounds.items() for miss in _misses(name, bound, _value(ours, name))]
    wanted = require.better_than
    compared = None
    if wanted is not None and rival is not None:
        metric = wanted.metric or DECISIVE[kind]
        compared = Comparison(
            label=wanted.label, version=rival[0], metric=metric, its=_value(rival[1], metric), ours=_value(ours, metric)
        )
        missed += _not_better(compared, wanted.by)
    return Gate(passed=not missed, missed=missed, compared=compared)


def _value(metrics: Metrics, name: MetricName) -> float | None:
    return cast("float | None", getattr(metrics, name))


def _misses(name: MetricName, bound: Bound, value: float | None) -> list[Miss]:
    found: list[Miss] = []
    if bound.min is not None and (value is None or value < bound.min):
        off = None if value is None else bound.min - value
        found.append(Miss(condition=f"{name}.min", metric=name, required=bound.min, received=value, by=off))
    if bound.max is not None and (value is None or value > bound.max):
        off = None if value is None else value - bound.max
        found.append(Miss(condition=f"{name}.max", metric=name, required=bound.max, received=value, by=off))
    return found


def _not_better(compared: Comparison, by: float) -> list[Miss]:
    """A miss unless ours is better by that much; as good is not better. A rival that cannot be judged is beaten by any figure."""
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
    if name not in BY_KIND[kind]:
        known = ", ".join(BY_KIND[kind])
        raise InvalidRequest(f"labels of kind {kind} have the metrics {known}. Received: {name!r}", pointer=where)
