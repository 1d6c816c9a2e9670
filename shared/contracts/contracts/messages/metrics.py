"""The metrics of a model on a split of its dataset. An undefined metric is null, never NaN."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base_model import FrozenModel

MetricName = Literal[
    "auc",
    "pr_auc",
    "log_loss",
    "accuracy",
    "brier",
    "ece",
    "macro_f1",
    "top_3_accuracy",
    "top_5_accuracy",
    "mae",
    "rmse",
    "r2",
    "mape",
]
HIGHER_IS_BETTER: dict[MetricName, bool] = {
    "auc": True,
    "pr_auc": True,
    "log_loss": False,
    "accuracy": True,
    "brier": False,
    "ece": False,
    "macro_f1": True,
    "top_3_accuracy": True,
    "top_5_accuracy": True,
    "mae": False,
    "rmse": False,
    "r2": True,
    "mape": False,
}

TITLES: dict[MetricName, str] = {
    "auc": "AUC",
    "pr_auc": "PR AUC",
    "log_loss": "log loss",
    "accuracy": "accuracy",
    "brier": "Brier score",
    "ece": "calibration error",
    "macro_f1": "macro F1",
    "top_3_accuracy": "top-3 accuracy",
    "top_5_accuracy": "top-5 accuracy",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "r2": "R²",
    "mape": "mean absolute percentage error",
}
"""Names of metrics for people, on pages."""

METRIC_NAMES: tuple[MetricName, ...] = tuple(HIGHER_IS_BETTER)
_Auc = Annotated[float | None, Field(description="Area under the ROC curve. 0.5 is chance.")]
_LogLoss = Annotated[float | None, Field(description="Mean negative log-likelihood, in nats.")]


_ECE_BINS = (
    "over tenths of the rows by that probability: the mean distance of its mean from the observed share (Naeini 2015)."
)


class BinaryMetrics(FrozenModel):
    """Fit of probabilities to labels of 0 and 1."""

    kind: Literal["binary"] = "binary"
    rows: int
    auc: _Auc
    pr_auc: Annotated[
        float | None,
        Field(description="Average precision: the area under the precision-recall curve. The share of 1s is chance."),
    ]
    log_loss: _LogLoss
    accuracy: Annotated[float | None, Field(description="Share of rows on the right side of 0.5.")]
    brier: Annotated[float | None, Field(description="Mean squared difference of probability and label.")]
    ece: Annotated[
        float | None,
        Field(description=f"Expected calibration error of the probability of 1, {_ECE_BINS}"),
    ] = None


class MulticlassMetrics(FrozenModel):
    """Fit of the probabilities of several classes to the true classes."""

    kind: Literal["multiclass"] = "multiclass"
    rows: int
    auc: Annotated[float | None, Field(description="Each class against the rest, the mean over classes.")]
    log_loss: _LogLoss
    accuracy: Annotated[float | None, Field(description="Share of rows whose most probable class is the true one.")]
    macro_f1: Annotated[
        float | None, Field(description="Harmonic mean of precision and recall, the mean over classes.")
    ]
    ece: Annotated[
        float | None,
        Field(description=f"Expected calibration error of the greatest probability, {_ECE_BINS}"),
    ] = None
    top_3_accuracy: Annotated[
        float | None,
        Field(description="Share of rows whose true class is among the 3 most probable. Null for up to 3 classes."),
    ] = None
    top_5_accuracy: Annotated[
        float | None, Field(description="As `top_3_accuracy`, of the 5 most probable. Null for up to 5 classes.")
    ] = None


class RegressionMetrics(FrozenModel):
    """Distance of predicted numbers from the true ones."""

    kind: Literal["regression"] = "regression"
    rows: int
    mae: Annotated[float | None, Field(description="Mean absolute error.")]
    rmse: Annotated[float | None, Field(description="Root of the mean squared error.")]
    r2: Annotated[
        float | None, Field(description="Share of the label's variance that is explained. 0: no better than its mean.")
    ]
    mape: Annotated[
        float | None,
        Field(
            description="Mean of the absolute error as a share of the label's magnitude: 0.1 is 10 %. Rows whose label is 0 are "
            "left out; null where no other is there."
        ),
    ] = None
    zero_labels: Annotated[int, Field(description="Rows whose label is 0, which `mape` leaves out.")] = 0


Metrics = Annotated[BinaryMetrics | MulticlassMetrics | RegressionMetrics, Field(discriminator="kind")]


class Interval(FrozenModel):
    """The lower and the upper limit of a value."""

    low: float
    high: float


class Confusion(FrozenModel):
    """Rows by true and predicted class. `counts[true][predicted]`, in the order of `classes`."""

    classes: list[str]
    counts: list[list[int]]
    threshold: Annotated[float | None, Field(description="For binary labels: 1 is predicted from this probability on.")]
