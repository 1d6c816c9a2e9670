"""Results of cross-validation: the metrics of each fold, and their mean and spread."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base_model import FrozenModel
from contracts.messages.metrics import Interval, MetricName, Metrics


class FoldResult(FrozenModel):
    """A model that was trained without one fold, measured on that fold."""

    fold: Annotated[int, Field(description="From 1.")]
    training_rows: Annotated[int, Field(description="Rows of the other folds; those of the fold are in `metrics`.")]
    metrics: Metrics
    epochs: Annotated[int, Field(description="Epochs that were run.")]
    kept_epoch: Annotated[int, Field(description="The epoch whose weights were kept.")]
    seconds: float


class FoldMetric(FrozenModel):
    """A metric over the folds."""

    mean: Annotated[float, Field(description="Of the folds' values, each fold counting alike.")]
    std: Annotated[
        float, Field(description="Standard deviation of the folds' values: the squares are divided by k - 1.")
    ]
    standard_error: Annotated[
        float,
        Field(
            description="Of the mean: std * sqrt(1/k + 1/(k - 1)). The second term corrects for models that share most of their "
            "training rows (Nadeau and Bengio 2003)."
        ),
    ]
    interval: Annotated[
        Interval,
        Field(
            description="95 %: the mean plus and minus Student's t of k - 1 degrees times `standard_error`, "
            "cut off where the metric has no values."
        ),
    ]


class CrossValidation(FrozenModel):
    """Metrics of one model per fold of the training split. The version's own model was trained on all folds."""

    by: Annotated[
        Literal["row", "key"],
        Field(description="`row`: rows of equal content share a fold; `key`: rows of equal `split_key` do."),
    ]
    folds: list[FoldResult]
    metrics: Annotated[
        dict[MetricName, FoldMetric], Field(description="Without metrics that are undefined in one of the folds.")
    ]
    notes: Annotated[
        list[str], Field(description="Reasons why the metrics may be better than predictions will be.")
    ] = []
