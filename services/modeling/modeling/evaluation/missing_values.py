"""Evaluate a model where values are missing or unseen: by the share of missing fields, and with each field masked alone.

Rows of the test split are masked as model inputs, by the kernel that masks training rows: a masked row is what the graph makes of
a row without these fields, in every form of the records. The seed determines the masks, and a field that is missing at one share
is missing at all greater ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from contracts.label_kinds import LabelKind, label_traits
from contracts.messages.evaluation import MaskedRows, MissingFeature, MissingShare, MissingValues
from contracts.messages.metrics import HIGHER_IS_BETTER
from modeling.evaluation.missing_plan import Masks
from modeling.evaluation.sampled_inputs import SampledInputs
from modeling.label_kinds import labels_of_kind
from sources.arrays import Array

MaskedPredict = Callable[[Array, Array, Array, Array], Array]
"""From model inputs, `numbers` and `ids`, and masks, bool [rows, features], of missing and of unseen fields, to predictions."""

_Drawn = Callable[[int, int], tuple[Array, Array]]
"""From a batch's number and its rows to both masks."""


def evaluate_missing(
    kind: LabelKind,
    sample: SampledInputs,
    masks: Masks,
    baseline: float | list[float],
    predict: MaskedPredict,
    seed: int,
    at_once: int = 4096,
) -> MissingValues | None:
    """Return metrics and mean predictions of masked rows; None where the sample is empty.

    `baseline`: the constant prediction, of several classes each one's share. `at_once`: rows of one call.
    """
    rows = sample.rows
    if not rows:
        return None
    numbers, ids, labels, *rest = rows
    weights = rest[0] if rest else None
    score = labels_of_kind(kind).score
    batches = [slice(begin, min(begin + at_once, len(labels))) for begin in range(0, len(labels), at_once)]

    def masked(drawn: _Drawn) -> MaskedRows:
        predictions = np.concatenate(
            [
                predict(numbers[rows], ids[rows], *drawn(batch, rows.stop - rows.start))
                for batch, rows in enumerate(batches)
            ]
        )
        return MaskedRows(metrics=score(labels, predictions, weights), mean_prediction=_mean(predictions, weights))

    classes = len(baseline) if isinstance(baseline, list) else None
    truth = labels if classes is None else np.eye(classes)[labels.astype(np.int64)]
    constant = np.broadcast_to(np.asarray(baseline, np.float64), truth.shape)
    by_share = [
        MissingShare(share=share, **dict(masked(_at_random(share, masks.features, seed)))) for share in masks.shares
    ]
    by_feature = [
        MissingFeature(
            feature=single.feature,
            masked_as="unseen" if single.unseen else "missing",
            training_rows=single.training_rows,
            **dict(masked(_alone(single.column, masks.features, unseen=single.unseen))),
        )
        for single in masks.singles
    ]
    return MissingValues(
        rows=len(labels),
        baseline=score(labels, constant, weights),
        mean_label=_mean(truth, weights),
        by_share=by_share,
        by_feature=sorted(by_feature, key=lambda masked: _badness(masked, kind), reverse=True),
        other_features=masks.features - len({single.feature for single in masks.singles}),
    )


def _at_random(share: float, features: int, seed: int) -> _Drawn:
    def masks(batch: int, rows: int) -> tuple[Array, Array]:
        drawn = np.random.default_rng([seed, batch]).random((rows, features), np.float32)
        return drawn < share, np.zeros((rows, features), np.bool_)

    return masks


def _alone(column: int, features: int, *, unseen: bool) -> _Drawn:
    def masks(batch: int, rows: int) -> tuple[Array, Array]:
        del batch
        of_feature = np.zeros((rows, features), np.bool_)
        of_feature[:, column] = True
        none = np.zeros((rows, features), np.bool_)
        return (none, of_feature) if unseen else (of_feature, none)

    return masks


def _mean(values: Array, weights: Array | None) -> float | list[float] | None:
    """Return the mean over rows of [rows] or [rows, classes]; None where all weights are 0."""
    if weights is not None and not weights.any():
        return None
    mean = np.average(values.astype(np.float64), axis=0, weights=weights)
    return mean.tolist() if values.ndim > 1 else float(mean)


def _badness(masked: MissingFeature, kind: LabelKind) -> float:
    metric = label_traits(kind).decisive
    value = getattr(masked.metrics, metric)
    if value is None:
        return -np.inf
    return -value if HIGHER_IS_BETTER[metric] else value
