"""Statistics of one numeric column, as a dataset job publishes them."""

from __future__ import annotations

import numpy as np

from contracts.statistics import NumericStatistics, Quantiles


def statistics_of(values: list[float | None]) -> NumericStatistics:
    present = [value for value in values if value is not None]
    logs = np.sign(present) * np.log1p(np.abs(present))
    percents = np.linspace(0, 1, 101)
    return NumericStatistics(
        count=len(present),
        missing=len(values) - len(present),
        infinite=0,
        zeros=0,
        negative=0,
        mean=float(np.mean(present)) if present else None,
        std=float(np.std(present)) if present else None,
        min=min(present, default=None),
        max=max(present, default=None),
        log1p_mean=float(logs.mean()) if present else None,
        log1p_std=float(logs.std()) if present else None,
        quantiles=Quantiles(probabilities=percents.tolist(), values=np.quantile(present, percents).tolist())
        if present
        else None,
    )
