"""Datasets that are published without a job: columns as Python lists, and their statistics by NumPy, as a job would have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from tests.artifacts import write_artifact

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import Artifact, LeftOut, Manifest, SourceFile, SplitContent
from contracts.dataset.published import Dataset, publish_dataset
from contracts.dataset.sample import Sample
from contracts.schema import Feature, Label, Numeric, Schema, SplitName
from contracts.source import DelimitedText
from contracts.statistics import (
    CategoricalStatistics,
    FeatureStatistics,
    Histogram,
    LabelStatistics,
    LabelValue,
    MissingAndLabel,
    NumericStatistics,
    Quantiles,
    SplitStatistics,
    Statistics,
    TopToken,
)
from contracts.storage import Storage

Column = Sequence[float | str | bytes | None]
Split = Mapping[str, Column]
"""Columns of equal length; `label` holds 0 and 1."""

PERCENTILES = [percent / 100 for percent in range(101)]


def statistics_of(splits: Mapping[SplitName, Split], features: Mapping[str, Feature]) -> Statistics:
    return Statistics(splits={name: split_statistics(split, features) for name, split in splits.items()})


def split_statistics(split: Split, features: Mapping[str, Feature]) -> SplitStatistics:
    label = np.array(split["label"], float)
    positives = int(label.sum())
    return SplitStatistics(
        rows=len(label),
        features={name: column_statistics(split[name], label, feature) for name, feature in features.items()},
        label=LabelStatistics(
            count=len(label),
            positives=positives,
            distribution=[LabelValue(value=0.0, count=len(label) - positives), LabelValue(value=1.0, count=positives)],
        ),
    )


def column_statistics(column: Column, label: Any, feature: Feature) -> FeatureStatistics:
    missing = np.array([value is None for value in column], bool)
    there = [value for value in column if value is not None]
    both: dict[str, Any] = {
        "missing": int(missing.sum()),
        "missing_share": float(missing.mean()) if len(column) else None,
        "label": MissingAndLabel(
            mean_where_missing=float(label[missing].mean()) if missing.any() else None,
            mean_where_present=float(label[~missing].mean()) if there else None,
            correlation=float(np.corrcoef(missing, label)[0, 1])
            if 0 < missing.sum() < len(label) and 0 < label.sum() < len(label)
            else None,
        ),
    }
    if isinstance(feature, Numeric):
        return numbers(np.array(there, float), both)
    tokens: list[Any] = [value.encode() if isinstance(value, str) else value for value in there]
    by_token: dict[Any, list[float]] = {}
    for token, value in zip(tokens, label[~missing], strict=True):
        by_token.setdefault(token, []).append(value)
    top = sorted(Counter(tokens).items(), key=lambda item: (-item[1], item[0]))[:20]
    return CategoricalStatistics(
        count=len(there),
        distinct=len(by_token),
        average_length=float(np.mean([len(token) for token in tokens])) if tokens else None,
        invalid_utf8=sum("�" in token.decode(errors="replace") for token in tokens),
        top=[TopToken.of(token, count, float(np.mean(by_token[token]))) for token, count in top],
        **both,
    )


def numbers(values: Any, both: Mapping[str, Any]) -> NumericStatistics:
    fields: dict[str, Any] = {"mean": None, "std": None, "min": None, "max": None}
    if len(values):
        counts, edges = np.histogram(values, bins=32 if values.min() < values.max() else [values.min(), values.max()])
        fields = {
            "mean": float(values.mean()),
            "std": float(values.std()),
            "min": float(values.min()),
            "max": float(values.max()),
            "median": float(np.median(values)),
            "quantiles": Quantiles(probabilities=PERCENTILES, values=np.quantile(values, PERCENTILES).tolist()),
            "histogram": Histogram(edges=edges.tolist(), counts=counts.tolist()),
        }
    return NumericStatistics(
        count=len(values),
        infinite=0,
        nan=0,
        zeros=int((values == 0).sum()),
        negative=int((values < 0).sum()),
        distinct=len(np.unique(values)),
        **fields,
        **both,
    )


def manifest_of(
    name: str, statistics: Statistics, features: dict[str, Feature], *, label: Label | None = None, **fields: Any
) -> Manifest:
    usual: dict[str, Any] = {
        "name": name,
        "fingerprint": "f" * 64,
        "created": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "folder": "job-1",
        "schema_": Schema(features=features, label=label or Label(column="label")),
        "source": DelimitedText(format="csv", uris=["a.csv"]),
        "files": [SourceFile(uri="a.csv", bytes=1000, modified_ns=0)],
        "ranges": [],
        "records": "none",
        "layout": "columns",
        "compression": "none",
        "splits": {
            split: SplitContent(rows=found.rows, content="0" * 16) for split, found in statistics.splits.items()
        },
        "left_out": LeftOut(without_label=0),
        "statistics": Artifact(path="statistics.json", bytes=0, sha256=""),
        "vocabularies": {},
        "shards": [],
        "rows": [],
        "request": {"name": name, "splits": {split: 1 / len(statistics.splits) for split in statistics.splits}},
        "seconds": {"plan": 0.1, "analyze": 2.5, "publish": 0.2},
    }
    return Manifest(**{**usual, **fields})


def publish(storage: Storage, manifest: Manifest, statistics: Statistics, sample: Sample | None = None) -> Dataset:
    """Write what the report reads: the statistics, any sample, and a manifest that names them."""
    data = statistics.model_dump_json().encode()
    folder = DataFolder(storage, manifest.name, manifest.folder)
    folder.create()
    artifact = write_artifact(folder, folder.statistics, data)
    kept = None if sample is None else write_artifact(folder, folder.sample, sample.to_bytes())
    folder.finish()
    return publish_dataset(storage, manifest.model_copy(update={"statistics": artifact, "sample": kept}))
