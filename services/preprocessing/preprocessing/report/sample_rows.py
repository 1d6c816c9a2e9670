"""Some of the rows that a dataset keeps, with their values from the source, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from chassis.pages.number_format import brief
from contracts.dataset.sample import Sample
from contracts.expressions.nodes.ngrams import SEPARATOR
from contracts.schema import SplitName
from preprocessing.report.display_text import cut, shown_name, shown_token

__all__ = ["SampleRows", "sample_rows"]

MOST_FEATURES = 200
"""Features that are shown: a row of thousands is no longer read by people."""
_LENGTH = 60
_BETWEEN = b" | "
"""Stands between words of a text, in the place of a character that is not seen."""


@dataclass(frozen=True)
class SampleRows:
    """Rows of the source, each with its split and a text per feature; None where the value is missing."""

    names: list[str]
    rows: list[tuple[SplitName, list[str | None]]]
    kept: int
    """Rows that the dataset keeps."""
    more: int
    """Features that are not shown."""


def sample_rows(sample: Sample, count: int) -> SampleRows | None:
    """Return `count` rows, spread evenly over those that are kept; None for none."""
    if not count or not len(sample):
        return None
    places = np.unique(np.linspace(0, len(sample) - 1, min(count, len(sample))).round().astype(np.int64))
    names = sample.features.schema.names[:MOST_FEATURES]
    chosen = sample.features.select(names).take(pa.array(places))
    columns = [[_text(value) for value in column.to_pylist()] for column in chosen.columns]
    return SampleRows(
        names=[shown_name(name) for name in names],
        rows=[(sample.split(place), [column[row] for column in columns]) for row, place in enumerate(places.tolist())],
        kept=len(sample),
        more=len(sample.features.schema.names) - len(names),
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return shown_token(value.replace(SEPARATOR.encode(), _BETWEEN), _LENGTH)
    return cut(str(value) if isinstance(value, int) else brief(value) if np.isfinite(value) else str(value), _LENGTH)
