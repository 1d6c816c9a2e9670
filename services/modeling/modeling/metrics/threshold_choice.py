"""A threshold chosen by an aim, and the precision, recall, F1 and cost that it reaches."""

from __future__ import annotations

from typing import Literal, assert_never

import numpy as np

from contracts.messages.metrics import Confusion
from contracts.messages.tuning.thresholds import AtThreshold, CostAim, F1Aim, FixedThreshold, PrecisionAim
from modeling.metrics.binary import Cells
from modeling.metrics.confidence_intervals import sum_intervals
from sources.arrays import Array

Aim = F1Aim | CostAim | PrecisionAim
_Name = Literal["precision", "recall", "f1", "cost"]


def choose_threshold(aim: Aim, labels: Array, probabilities: Array, weights: Array | None = None) -> tuple[float, bool]:
    """Return the best threshold by an aim, and whether the aim is met. There must be a row.

    Thresholds are halfway between neighbouring probabilities, below the least and above the greatest, so that rounding moves no
    row to the other side. Of equally good ones the highest is returned.
    """
    cells = Cells.of(labels, probabilities, weights)
    right = np.append(np.cumsum(cells.positives[::-1])[::-1], 0.0)
    wrong = np.append(np.cumsum(cells.negatives[::-1])[::-1], 0.0)
    borders = np.concatenate([[0.0], cells.scores, [1.0]])
    thresholds = (borders[:-1] + borders[1:]) / 2
    quality, met = _quality(aim, right, wrong)
    best = len(quality) - 1 - int(np.argmax(quality[::-1]))
    return float(thresholds[best]), bool(met[best])


def _quality(aim: Aim, right: Array, wrong: Array) -> tuple[Array, Array]:
    """Return a number that is greater the better a threshold is, and whether it meets the aim, from rows predicted 1."""
    positives = right[0]
    always = np.ones(len(right), np.bool_)
    match aim:
        case F1Aim():
            named = right + wrong + positives
            return np.divide(2 * right, named, out=np.zeros(len(right)), where=named > 0), always
        case CostAim():
            return -(aim.false_positive * wrong + aim.false_negative * (positives - right)), always
        case PrecisionAim():
            named = right + wrong
            precision = np.divide(right, named, out=np.zeros(len(right)), where=named > 0)
            met = precision >= aim.at_least
            return np.where(met, 1 + right / max(positives, 1e-300), precision), met
        case _:
            assert_never(aim)


def at_threshold(
    threshold: float,
    aim: Aim | FixedThreshold,
    labels: Array,
    probabilities: Array,
    weights: Array | None = None,
    seed: int | None = None,
) -> AtThreshold:
    """Return what a threshold reaches on some rows, which may be none; with a seed, with intervals and confusion."""
    truth, predicted = labels > 0, probabilities >= threshold
    parts = [truth & predicted, ~truth & predicted, truth & ~predicted, ~truth & ~predicted]
    counts = np.stack(parts, axis=1).astype(np.float64)
    sums = counts if weights is None else counts * weights.astype(np.float64)[:, np.newaxis]

    def values(totals: Array) -> dict[_Name, Array]:
        return _values(aim, totals)

    reached = {name: float(value) if np.isfinite(value) else None for name, value in values(sums.sum(axis=0)).items()}
    confusion = None
    if seed is not None and len(labels):
        right, false_positive, false_negative, rejected = (int(count) for count in counts.sum(axis=0))
        confusion = Confusion(
            classes=["0", "1"], counts=[[rejected, false_positive], [false_negative, right]], threshold=threshold
        )
    return AtThreshold(
        rows=len(labels),
        precision=reached["precision"],
        recall=reached["recall"],
        f1=reached["f1"],
        cost=reached.get("cost"),
        intervals={} if seed is None else sum_intervals(sums, values, seed),
        confusion=confusion,
    )


def _values(aim: Aim | FixedThreshold, totals: Array) -> dict[_Name, Array]:
    right, false_positive, false_negative, rejected = np.moveaxis(totals, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        figures: dict[_Name, Array] = {
            "precision": right / (right + false_positive),
            "recall": right / (right + false_negative),
            "f1": 2 * right / (2 * right + false_positive + false_negative),
        }
        if isinstance(aim, CostAim):
            cost = aim.false_positive * false_positive + aim.false_negative * false_negative
            figures["cost"] = cost / (right + false_positive + false_negative + rejected)
        return figures
