"""What is said of a model. A figure that cannot be said is null, never NaN."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base_model import Frozen

MetricName = Literal["auc", "pr_auc", "log_loss", "accuracy", "brier", "macro_f1", "mae", "rmse", "r2"]
HIGHER_IS_BETTER: dict[MetricName, bool] = {
    "auc": True,
    "pr_auc": True,
    "log_loss": False,
    "accuracy": True,
    "brier": False,
    "macro_f1": True,
    "mae": False,
    "rmse": False,
    "r2": True,
}
BY_KIND: dict[str, tuple[MetricName, ...]] = {
    "binary": ("auc", "pr_auc", "log_loss", "accuracy", "brier"),
    "multiclass": ("auc", "log_loss", "accuracy", "macro_f1"),
    "regression": ("mae", "rmse", "r2"),
}
"""The metrics of each kind of label."""
DECISIVE: dict[str, MetricName] = {"binary": "log_loss", "multiclass": "log_loss", "regression": "rmse"}
"""Which metric says that one model is better than another, where nothing else was asked for."""

_Auc = Annotated[float | None, Field(description="Area under the ROC curve. 0.5 is chance.")]
_LogLoss = Annotated[float | None, Field(description="Mean negative log-likelihood, in nats.")]


class BinaryMetrics(Frozen):
    """How well probabilities fit labels of 0 and 1."""

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


class MulticlassMetrics(Frozen):
    """How well probabilities of several classes fit the true ones."""

    kind: Literal["multiclass"] = "multiclass"
    rows: int
    auc: Annotated[float | None, Field(description="Each class against the rest, the mean over classes.")]
    log_loss: _LogLoss
    accuracy: Annotated[float | None, Field(description="Share of rows whose most probable class is the true one.")]
    macro_f1: Annotated[
        float | None, Field(description="Harmonic mean of precision and recall, the mean over classes.")
    ]


class RegressionMetrics(Frozen):
    """How far predicted numbers are from the true ones."""

    kind: Literal["regression"] = "regression"
    rows: int
    mae: Annotated[float | None, Field(description="Mean absolute error.")]
    rmse: Annotated[float | None, Field(description="Root of the mean squared error.")]
    r2: Annotated[
        float | None, Field(description="Share of the label's variance that is explained. 0: no better than its mean.")
    ]


Metrics = Annotated[BinaryMetrics | MulticlassMetrics | RegressionMetrics, Field(discriminator="kind")]


class Interval(Frozen):
    """From where to where a figure may lie."""

    low: float
    high: float


class Confusion(Frozen):
    """Rows by true and predicted class. `counts[true][predicted]`, in the order of `classes`."""

    classes: list[str]
    counts: list[list[int]]
    threshold: Annotated[float | None, Field(description="For binary labels: 1 is predicted from this probability on.")]


class Evaluation(Frozen):
    """The model on the test split, beside the baseline that always predicts the mean label of the training split.

    Where rows have weights, metrics and intervals are weighted, and rows are counted all the same; the baseline is that of the
    rows without their weights. For several classes it predicts each with its share.
    """

    test: Metrics
    intervals: Annotated[
        dict[MetricName, Interval], Field(description="95 % bootstrap intervals of the metrics in `test`.")
    ]
    baseline: Metrics
    baseline_intervals: dict[MetricName, Interval]
    baseline_prediction: Annotated[
        float | list[float],
        Field(
            description="The mean label of the training split; of several classes each one's share, in the order of ids."
        ),
    ]
    confusion: Annotated[Confusion | None, Field(description="Null for regression, for no rows and for many classes.")]
    note: Annotated[str | None, Field(description="Why a metric is null.")]


class RocCurve(Frozen):
    """From the strictest threshold to the most lenient one."""

    false_positive_rate: list[float]
    true_positive_rate: list[float]


class PrecisionRecallCurve(Frozen):
    """From the strictest threshold to the most lenient one."""

    recall: list[float]
    precision: list[float]


class CalibrationBin(Frozen):
    """The rows of one tenth of the predictions, or of several where predictions are equal."""

    rows: int
    predicted: Annotated[float, Field(description="The mean prediction.")]
    observed: Annotated[float, Field(description="The share of rows whose label is 1.")]
    interval: Annotated[Interval, Field(description="Wilson's 95 % interval of the observed share.")]


class SliceGroup(Frozen):
    """The rows that share a value. Which value: `value`, or what `of` says where it has none."""

    of: Literal["value", "missing", "out_of_vocabulary", "other"]
    value: Annotated[str | None, Field(description="The token as text; what is not UTF-8 is shown as `\\xff`.")]
    metrics: Metrics
    mean_label: float | None
    mean_prediction: float | None


class Slice(Frozen):
    """The test split divided by a categorical feature: its most frequent values, and the rest."""

    feature: str
    groups: list[SliceGroup]


class Worsening(Frozen):
    """How much worse a metric gets: the mean over repeats, and their standard deviation. Below 0: it got better."""

    mean: float
    std: float


class FeatureImportance(Frozen):
    """What shuffling one feature does."""

    feature: str
    worse: dict[MetricName, Worsening]


class Importance(Frozen):
    """Permutation importance, the most important feature first, by the decisive metric."""

    metric: MetricName
    rows: Annotated[int, Field(description="Test rows that were shuffled.")]
    repeats: int
    features: list[FeatureImportance]


class EvaluationDetail(Frozen):
    """What an evaluation also found: plots, slices, importance. Lies beside the model as `evaluation.json`."""

    roc: RocCurve | None
    precision_recall: PrecisionRecallCurve | None
    calibration: Annotated[
        list[CalibrationBin], Field(description="By tenths of the predictions; empty unless binary.")
    ]
    slices: list[Slice]
    importance: Annotated[
        Importance | None, Field(description="Null where it was not asked for or nothing can be said.")
    ]
