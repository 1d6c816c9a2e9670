"""Predictions of a regression against its labels: a sample of rows, tenths, quantiles and a histogram of the errors."""

from __future__ import annotations

import numpy as np

from contracts.messages.evaluation import CountedValues, ErrorQuantile, NumberBin, RegressionErrors, ValueHistogram
from sources.arrays import Array

MOST_POINTS = 400
BINS = 40
PROBABILITIES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
_SEED = 20
_TENTHS = 10


def regression_errors(labels: Array, predictions: Array) -> RegressionErrors | None:
    """Return what a report shows of the errors; None without rows. Its size does not depend on the number of rows."""
    if not len(labels):
        return None
    actual, predicted = labels.astype(np.float64), predictions.astype(np.float64)
    errors = predicted - actual
    of_errors, of_magnitudes = (np.quantile(values, PROBABILITIES).tolist() for values in (errors, np.abs(errors)))
    points = np.sort(np.random.default_rng(_SEED).permutation(len(labels))[:MOST_POINTS])
    return RegressionErrors(
        predicted=predicted[points].tolist(),
        actual=actual[points].tolist(),
        tenths=_tenths(actual, predicted),
        quantiles=[
            ErrorQuantile(probability=probability, error=error, magnitude=magnitude)
            for probability, error, magnitude in zip(PROBABILITIES, of_errors, of_magnitudes, strict=True)
        ],
        histogram=_histogram(errors),
    )


def _tenths(actual: Array, predicted: Array) -> list[NumberBin]:
    borders = np.quantile(predicted, np.arange(1, _TENTHS) / _TENTHS)
    places = np.searchsorted(borders, predicted)
    counts = np.bincount(places, minlength=_TENTHS)
    bins: list[NumberBin] = []
    for tenth in np.flatnonzero(counts):
        inside = places == tenth
        bins.append(
            NumberBin(
                rows=int(counts[tenth]), predicted=float(predicted[inside].mean()), actual=float(actual[inside].mean())
            )
        )
    return bins


def _histogram(errors: Array) -> ValueHistogram:
    """Count the middle 98 % of the errors: one far error would leave all the others in one bucket."""
    low, high = np.quantile(errors, [0.01, 0.99])
    middle = errors[(errors >= low) & (errors <= high)]
    edges, counts = np.linspace(low, high, BINS + 1), np.array([len(middle)])
    if np.all(np.diff(edges) > 0):
        counts = np.histogram(middle, edges)[0]
    else:  # all alike, or nearer than doubles can divide
        edges = np.array([low, high])
    return ValueHistogram(edges=edges.tolist(), groups=[CountedValues(name="errors", counts=counts.tolist())])
