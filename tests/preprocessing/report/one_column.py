"""The warnings about one column, and columns to make them for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
from tests.preprocessing.described import Split, manifest_of, statistics_of

from contracts.dataset.warning import DatasetWarning
from contracts.schema import Categorical, Feature, Numeric, SplitName
from preprocessing.report.find_warnings import find_warnings

ROWS = 2000
NUMBER, WHOLE, TOKEN = Numeric(dtype="float64"), Numeric(dtype="int64"), Categorical()
LABEL = [float(at % 3 == 0) for at in range(ROWS)]


def warnings_of(
    column: list[Any], feature: Feature, others: Mapping[SplitName, list[Any]] | None = None, **manifest: Any
) -> list[DatasetWarning]:
    """Return the warnings about one column, whose training split has every third label positive."""
    splits: dict[Any, Split] = {
        split: {"x": found, "label": LABEL[: len(found)]}
        for split, found in {"train": column, **(others or {})}.items()
    }
    statistics = statistics_of(splits, {"x": feature})
    return find_warnings(manifest_of("d", statistics, {"x": feature}, **manifest), statistics)


def only(found: list[DatasetWarning]) -> DatasetWarning:
    assert len(found) == 1, found
    assert found[0].advice
    return found[0]


def noise(seed: int, rows: int = ROWS) -> list[float]:
    return np.random.default_rng(seed).normal(size=rows).tolist()


def tokens(seed: int, rows: int = ROWS, kinds: str = "abcde") -> list[str]:
    return random.Random(seed).choices(kinds, k=rows)
