"""The quality gate: bounds that a model must meet to be served by default, and the verdict."""

from __future__ import annotations

from typing import Annotated, Self, cast

from pydantic import BeforeValidator, Field, model_validator

from contracts.base_model import FrozenModel, Name
from contracts.label_kinds import LABEL_KINDS, label_traits
from contracts.messages.metrics import METRIC_NAMES, MetricName


class Bound(FrozenModel):
    """Limits of a metric of the test split, both inclusive."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("min or max must be given")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min must not be above max. Received: {self.min} and {self.max}")
        return self


class BetterThan(FrozenModel):
    """Another version of the model, asked about the same rows. Where no version has the label yet, there is nothing to beat."""

    label: Name
    metric: Annotated[
        MetricName | None,
        Field(
            description=f"Default: {', '.join(f'`{label_traits(kind).decisive}` ({kind})' for kind in LABEL_KINDS)}.",
            examples=["auc"],
        ),
    ] = None
    by: Annotated[float, Field(ge=0, description="How much better it must be, at least; 0: at all.")] = 0.0


def _from_name(value: object) -> object:
    return {"label": value} if isinstance(value, str) else value


class Bounds(FrozenModel):
    """Limits of metrics, those that are given."""

    auc: Bound | None = None
    pr_auc: Bound | None = None
    log_loss: Bound | None = None
    accuracy: Bound | None = None
    brier: Bound | None = None
    ece: Bound | None = None
    macro_f1: Bound | None = None
    top_3_accuracy: Bound | None = None
    top_5_accuracy: Bound | None = None
    mae: Bound | None = None
    rmse: Bound | None = None
    r2: Bound | None = None
    mape: Bound | None = None

    @property
    def bounds(self) -> dict[MetricName, Bound]:
        """The bounds that were given."""
        given = {name: getattr(self, name) for name in METRIC_NAMES}
        return cast("dict[MetricName, Bound]", {name: bound for name, bound in given.items() if bound is not None})


class RequireMissing(Bounds):
    """Limits of metrics on test rows of which each field was made missing at random."""

    share: Annotated[
        float, Field(ge=0, le=1, description="The probability with which a field is made missing.", examples=[0.3])
    ]

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.bounds:
            raise ValueError("at least one bound of a metric must be given")
        return self


class RequireFolds(Bounds):
    """Limits of the means of metrics over the folds of the training split."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.bounds:
            raise ValueError("at least one bound of a metric must be given")
        return self


class Require(Bounds):
    """Bounds that a model must meet on the test split.

    One that does not is kept, but marked, gets no label, and is not served unless it is asked for by its number.
    """

    missing: Annotated[
        RequireMissing | None,
        Field(
            description="Bounds where fields are missing, so that a model is not served which is worse without them than a "
            "constant.",
            examples=[{"share": 0.3, "log_loss": {"max": 0.5}}],
        ),
    ] = None
    folds: Annotated[
        RequireFolds | None,
        Field(
            description="Bounds on the means over the folds; the request must have `folds`.",
            examples=[{"auc": {"min": 0.7}}],
        ),
    ] = None
    class_auc: Annotated[
        dict[str, Bound],
        Field(
            description="Bounds on the AUC of single classes against the rest, by class.",
            examples=[{"Chinstrap": {"min": 0.9}}],
        ),
    ] = {}
    better_than: Annotated[
        BetterThan | None,
        BeforeValidator(_from_name, json_schema_input_type=Name | BetterThan | None),
        Field(
            description="The incumbent's label, or an object with the metric and the margin, too.",
            examples=["champion"],
        ),
    ] = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.bounds and not self.class_auc and not (self.missing or self.folds or self.better_than):
            raise ValueError("at least one condition must be given")
        return self


class Miss(FrozenModel):
    """A condition that the model does not meet."""

    condition: Annotated[
        str,
        Field(examples=["auc.min", "class_auc.Chinstrap.min", "missing.log_loss.max", "folds.auc.min", "better_than"]),
    ]
    metric: MetricName
    missing_share: Annotated[
        float | None, Field(description="Of a condition on rows with missing fields: the share of these.")
    ] = None
    class_name: Annotated[str | None, Field(description="Of a condition on one class against the rest: its name.")] = (
        None
    )
    required: Annotated[float, Field(description="The bound, or what the version to beat reached, moved by `by`.")]
    received: Annotated[float | None, Field(description="Null where the metric is undefined, which is a miss.")]
    by: Annotated[float | None, Field(description="How far the model is from what was required.")]

    def __str__(self) -> str:
        asked = {"min": "at least", "max": "at most"}.get(self.condition.rpartition(".")[2], "better than")
        received = (
            "undefined on this test split" if self.received is None else f"{self.received:.6g}, off by {self.by:.3g}"
        )
        where = "" if self.missing_share is None else f" with {100 * self.missing_share:g} % of the fields missing"
        where += "" if self.class_name is None else f" of class {self.class_name!r}"
        where += " on average over the folds" if self.condition.startswith("folds.") else ""
        return f"{self.metric}{where} must be {asked} {self.required:.6g}, and is {received}"


class Comparison(FrozenModel):
    """The version that the model was compared with, on the same rows."""

    label: str
    version: int
    metric: MetricName
    its: Annotated[float | None, Field(description="That version's metric.")]
    ours: Annotated[float | None, Field(description="This version's.")]


class Gate(FrozenModel):
    """Verdict of the gate."""

    passed: bool
    missed: list[Miss]
    compared: Annotated[
        Comparison | None, Field(description="Null where that was not asked for, or nothing has the label.")
    ]

    @property
    def reason(self) -> str:
        """The conditions that were missed, in words; empty where none was."""
        return "; ".join(map(str, self.missed))
