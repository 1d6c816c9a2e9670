"""The ways from raw rows to model inputs that parity is about, and values that are likely to part them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.dataset.published import Dataset
from contracts.schema import SPLIT_NAMES
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs

NULLS = ["NA", "\\N"]

REALS = [0.0, -0.0, 1.5, -1e-30, 3.4e38, 1e39, -1e300, math.inf, -math.inf, math.nan, 5e-324, 16777217.0, 0.1, None]
WHOLES = [0, 1, -1, 2**63 - 1, -(2**63), 2**53 + 1, 16777217, 7, None]
WORDS = [
    "a",
    "b",
    "a,b",
    'q"q',
    "two\nlines",
    "ünïcode",
    "☃",
    " a",
    "a ",
    "null",
    "NaN",
    "0",
    *("101.0", "101", "True", "true", "6.50", "1e+05", "1.0E-5", "06"),
    "-",
    "'",
    "NA",
    "\\N",
    "",
    None,
]


EXAMPLES = [2, pytest.param(20, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
"""How many datasets of any rows are made: some five jobs, and half a minute, each."""


def any_rows(examples: int, **drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Call a function with so many examples of rows. One that fails is not made smaller: that would run hundreds of jobs."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    of = settings(max_examples=examples, phases=phases, suppress_health_check=checks)
    return lambda check: of(given(**drawn)(check))


def number(value: float | None) -> str:
    if value is None:
        return "NA"
    return repr(value) if isinstance(value, float) else str(value)


def is_missing(value: float | str | None) -> bool:
    if isinstance(value, str) or value is None:
        return not value or value in NULLS
    with np.errstate(over="ignore"):
        return not np.isfinite(np.float32(value))


def training_inputs(dataset: Dataset, roots: list[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What training reads of the dataset, per split, in the order of the rows."""
    model_inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    with open_pipeline(dataset, model_inputs, roots) as pipeline:
        for split in SPLIT_NAMES:
            batches = [inputs for inputs, _ in pipeline.evaluation(split, 16)] if pipeline.rows(split) else []
            parts = [[part.numpy() for part in batch] for batch in batches]
            if parts:
                found[split] = (np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))
    return found


def split_of_rows(dataset: Dataset) -> np.ndarray:
    """The split code of each source row, from a dataset with records `none`."""
    tables = [pa.ipc.open_file(dataset.checked(artifact)).read_all() for artifact in dataset.manifest.rows]
    return np.concatenate([table.column("split").to_numpy() for table in tables])
