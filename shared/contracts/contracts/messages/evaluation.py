"""Evaluation of a version: metrics, intervals, curves, slices, importance. Undefined figures are null."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base_model import FrozenModel
from contracts.messages.folds.results import CrossValidation
from contracts.messages.metrics import Confusion, Interval, MetricName, Metrics
from contracts.messages.tuning.calibration import Calibration
from contracts.messages.tuning.thresholds import Threshold


class QuantileFit(FrozenModel):
    """One predicted quantile on the test split."""

    level: float
    pinball_loss: Annotated[float, Field(description="Mean over rows, in the label's unit (Koenker and Bassett 1978).")]
    pinball_interval: Interval
    below: Annotated[
        float, Field(description="Share of the rows whose label is not above the quantile; to compare with `level`.")
    ]
    below_interval: Interval


class QuantileCoverage(FrozenModel):
    """The rows between two predicted quantiles."""

    low: Annotated[float, Field(description="Level of the lower quantile.")]
    high: float
    nominal: Annotated[float, Field(description="The difference of the levels: the share that should be between.")]
    coverage: Annotated[
        float, Field(description="The share of the rows whose label is between the quantiles, both included.")
    ]
    interval: Interval
    width: Annotated[float, Field(description="Mean distance of the quantiles, in the label's unit.")]


class QuantileEvaluation(FrozenModel):
    """Predicted quantiles on the test split. Intervals are 95 % bootstrap intervals."""

    pinball_loss: Annotated[float, Field(description="The mean over the quantiles.")]
    pinball_interval: Interval
    quantiles: Annotated[list[QuantileFit], Field(description="By ascending level.")]
    coverages: Annotated[list[QuantileCoverage], Field(description="The outermost pair of quantiles first, inwards.")]


class Evaluation(FrozenModel):
    """The model on the test split, compared with the baseline that always predicts the mean label of the training split.

    Where rows have weights, metrics and intervals are weighted, and rows are counted all the same; the baseline is that of the
    rows without their weights. For several classes it predicts each with its share.
    """

    test: Metrics
    intervals: Annotated[
        dict[MetricName, Interval],
        Field(description="95 % bootstrap intervals of the metrics in `test`; of `ece` see the guide."),
    ]
    baseline: Metrics
    baseline_intervals: dict[MetricName, Interval]
    baseline_prediction: Annotated[
        float | list[float],
        Field(
            description="The mean label of the training split; of several classes each one's share, in the order of ids."
        ),
    ]
    calibration: Annotated[
        Calibration | None,
        Field(description="Null for regression, and in versions of earlier releases, which were never corrected."),
    ] = None
    threshold: Annotated[
        Threshold | None, Field(description="Null unless requested, and in versions of earlier releases.")
    ] = None
    quantiles: Annotated[
        QuantileEvaluation | None,
        Field(description="Null unless a regression predicts quantiles, and without rows that weigh something."),
    ] = None
    cross_validation: Annotated[
        CrossValidation | None,
        Field(description="Null unless the request has `folds`, and in versions of earlier releases."),
    ] = None
    confusion: Annotated[Confusion | None, Field(description="Null for regression, for no rows and for many classes.")]
    note: Annotated[str | None, Field(description="Why a metric is null.")]


class RocCurve(FrozenModel):
    """From the strictest threshold to the most lenient one."""

    false_positive_rate: list[float]
    true_positive_rate: list[float]


class PrecisionRecallCurve(FrozenModel):
    """From the strictest threshold to the most lenient one."""

    recall: list[float]
    precision: list[float]


class CalibrationBin(FrozenModel):
    """The rows of one tenth of the predictions, or of several where predictions are equal."""

    rows: int
    predicted: Annotated[float, Field(description="The mean prediction.")]
    observed: Annotated[float, Field(description="The share of rows whose label is 1.")]
    interval: Annotated[Interval, Field(description="Wilson's 95 % interval of the observed share.")]


class ThresholdCurve(FrozenModel):
    """Rows, unweighted, that are predicted 1 from each threshold on. The rows of either label are in `rows`.

    Precision, recall, F1 and the confusion at a threshold follow from these counts.
    """

    rows: Annotated[list[int], Field(description="Rows whose label is 0, and rows whose label is 1.")]
    thresholds: Annotated[list[float], Field(description="Ascending, from 0 to 1: every hundredth, and quantiles.")]
    false_positives: list[int]
    true_positives: list[int]


class GainCurve(FrozenModel):
    """Shares of the 1s that the rows with the highest predictions hold. Lift is the quotient of both."""

    rows: Annotated[list[float], Field(description="Shares of all rows, ascending, to 1.")]
    positives: Annotated[list[float], Field(description="Shares of the rows whose label is 1.")]


class CountedValues(FrozenModel):
    """Rows, unweighted, of one group by value: a count for each two neighbouring edges."""

    name: Annotated[str, Field(description="The label's class, or `right` and `wrong`; `errors` of a regression.")]
    counts: list[int]


class ValueHistogram(FrozenModel):
    """Rows by a value, in buckets of equal width."""

    edges: list[float]
    groups: list[CountedValues]


class ClassCalibration(FrozenModel):
    """Calibration of one class's probability against all other classes."""

    name: str
    bins: list[CalibrationBin]


class ClassAuc(FrozenModel):
    """The area under the ROC curve of one class against all others."""

    name: str
    rows: Annotated[int, Field(description="Rows of the class.")]
    auc: Annotated[float | None, Field(description="Null where no row, or every row, is of the class.")]
    interval: Annotated[
        Interval | None,
        Field(
            description="95 %, by DeLong's variance. Null for fewer than two rows on a side, and for an AUC of 0 or 1."
        ),
    ]


class ErrorQuantile(FrozenModel):
    """A quantile of the errors of a regression."""

    probability: float
    error: Annotated[float, Field(description="Of prediction minus label.")]
    magnitude: Annotated[float, Field(description="Of its magnitude.")]


class NumberBin(FrozenModel):
    """The rows of one tenth of the predictions of a regression, or of several where predictions are equal."""

    rows: int
    predicted: Annotated[float, Field(description="The mean prediction.")]
    actual: Annotated[float, Field(description="The mean label.")]


class RegressionErrors(FrozenModel):
    """Predictions of a regression against its labels. Rows are unweighted."""

    predicted: Annotated[list[float], Field(description="Predictions of a random sample of rows.")]
    actual: Annotated[list[float], Field(description="Labels of these rows.")]
    tenths: list[NumberBin]
    quantiles: list[ErrorQuantile]
    histogram: Annotated[ValueHistogram, Field(description="Of the middle 98 % of prediction minus label.")]


class Difference(FrozenModel):
    """A metric of some rows minus that of all rows, with its 95 % interval."""

    value: float
    interval: Interval


class SliceGroup(FrozenModel):
    """Metrics of the rows that share a value: `value`, or if that is null, the group named by `of`."""

    of: Literal["value", "missing", "out_of_vocabulary", "other"]
    value: Annotated[str | None, Field(description="The token as text; bytes that are not UTF-8 are escaped: `\\xff`.")]
    metrics: Metrics
    mean_label: float | None
    mean_prediction: float | None
    intervals: Annotated[
        dict[MetricName, Interval],
        Field(description="95 % intervals of the metrics that are means over rows, where the group has enough rows."),
    ] = {}
    differences: Annotated[
        dict[MetricName, Difference], Field(description="From the whole test split, of the metrics in `intervals`.")
    ] = {}


class Slice(FrozenModel):
    """The test split divided by a categorical feature: its most frequent values, and the rest."""

    feature: str
    groups: list[SliceGroup]


class Worsening(FrozenModel):
    """Loss of a metric: mean and standard deviation over repeats. Below 0 the metric improved."""

    mean: float
    std: float


class FeatureImportance(FrozenModel):
    """Effect of shuffling one feature."""

    feature: str
    worse: dict[MetricName, Worsening]


class Importance(FrozenModel):
    """Permutation importance, the most important feature first, by the decisive metric."""

    metric: MetricName
    rows: Annotated[int, Field(description="Test rows that were shuffled.")]
    repeats: int
    features: list[FeatureImportance]
    other_features: Annotated[
        int,
        Field(
            description="Features of a wide table that were not shuffled alone, as groups of them mattered less than others."
        ),
    ] = 0


class MaskedRows(FrozenModel):
    """The model on test rows of which some fields were masked, as if the rows did not have them."""

    metrics: Metrics
    mean_prediction: Annotated[
        float | list[float] | None,
        Field(description="To compare with `mean_label`: the mean probability, of several classes each one's."),
    ]


class MissingShare(MaskedRows):
    """Rows of which each field was made missing with one probability."""

    share: Annotated[float, Field(description="That probability; 0: the rows as they are.")]


class MissingFeature(MaskedRows):
    """Rows of which one field alone was masked."""

    feature: str
    masked_as: Annotated[
        Literal["missing", "unseen"],
        Field(description="`unseen`: a token that the vocabulary does not hold; any bucket of a hashed feature."),
    ]
    training_rows: Annotated[
        int | None,
        Field(
            description="Rows of the training split whose value was missing, or not in the vocabulary; null for tokens "
            "that are hashed."
        ),
    ]


class MissingValues(FrozenModel):
    """The cost of missing and unseen values, on test rows whose fields were masked at random; the seed determines them."""

    rows: Annotated[int, Field(description="Test rows, drawn at random where the split has more.")]
    baseline: Annotated[Metrics, Field(description="Of the constant baseline, on these rows.")]
    mean_label: Annotated[
        float | list[float] | None, Field(description="Of these rows; of several classes each one's share.")
    ]
    by_share: Annotated[list[MissingShare], Field(description="By ascending share.")]
    by_feature: Annotated[list[MissingFeature], Field(description="The worst first, by the decisive metric.")]
    other_features: Annotated[
        int, Field(description="Features that were not masked alone, the least important ones of a wide table.")
    ] = 0


class EvaluationDetail(FrozenModel):
    """Further results of an evaluation: plots, slices, importance. Stored with the model as `evaluation.json`."""

    roc: RocCurve | None
    precision_recall: PrecisionRecallCurve | None
    calibration: Annotated[
        list[CalibrationBin], Field(description="By tenths of the predictions; empty unless binary.")
    ]
    slices: list[Slice]
    importance: Annotated[Importance | None, Field(description="Null if it was not requested or is undefined.")]
    thresholds: Annotated[
        ThresholdCurve | None, Field(description="Null unless binary, and in versions of earlier releases.")
    ] = None
    gain: Annotated[GainCurve | None, Field(description="As `thresholds`.")] = None
    scores: Annotated[
        ValueHistogram | None,
        Field(
            description="Rows by prediction and label; of several classes by the greatest probability, right and wrong."
        ),
    ] = None
    class_calibration: Annotated[
        list[ClassCalibration], Field(description="Of several classes, unless there are too many to show.")
    ] = []
    class_auc: Annotated[
        list[ClassAuc],
        Field(description="Of several classes, in the order of ids. Empty in versions of earlier releases."),
    ] = []
    errors: Annotated[RegressionErrors | None, Field(description="Of a regression.")] = None
    missing: Annotated[
        MissingValues | None,
        Field(description="Null without test rows, and in versions of earlier releases."),
    ] = None
