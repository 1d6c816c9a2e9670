"""Datasets to look at, and the service that shows them."""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from tests import apps
from tests.preprocessing.described import Split, manifest_of, publish, statistics_of

from contracts.dataset.sample import Sample
from contracts.schema import Categorical, Feature, Hashed, Label, Numeric, SplitName
from contracts.source import DelimitedText
from contracts.statistics import Statistics
from contracts.storage import Storage
from preprocessing.main import make_app
from preprocessing.settings import PreprocessingSettings

NASTY = "</script><img src=x onerror=alert(1)>&\"'"


def columns(rows: int, seed: int, names: list[str]) -> Split:
    """For each name a column: numbers under even places, tokens under odd ones, each tenth value missing."""
    numbers, picks = np.random.default_rng(seed), random.Random(seed)
    found: dict[str, Any] = {"label": [float(at % 3 == 0) for at in range(rows)]}
    for place, name in enumerate(names):
        values: list[Any] = (
            numbers.gamma(2, size=rows).tolist() if place % 2 == 0 else picks.choices("abcdefgh", k=rows)
        )
        found[name] = [None if at % 10 == 5 else value for at, value in enumerate(values)]
    return found


def features_of(names: list[str]) -> dict[str, Feature]:
    return {name: Numeric(dtype="float64") if at % 2 == 0 else Categorical() for at, name in enumerate(names)}


def published(storage: Storage, name: str = "made", **more: Any) -> Statistics:
    """A dataset of four columns, one of which says the label."""
    names = ["amount", "shop", "weight", "colour"]
    splits: dict[SplitName, Split] = {"train": columns(2000, 1, names), "validation": columns(300, 2, names)}
    features = features_of(names)
    for split in splits.values():
        split["amount"][:] = [None if late else 1.0 for late in split["label"]]  # pyright: ignore[reportIndexIssue]
    statistics = statistics_of(splits, features)
    request: Any = {"name": name, "splits": {"train": 2000 / 2300, "validation": 300 / 2300}}
    sample = sample_of(splits["train"], features)
    publish(storage, manifest_of(name, statistics, features, request=request, **more), statistics, sample)
    return statistics


def sample_of(split: Split, features: dict[str, Feature], rows: int = 200) -> Sample:
    """The first rows of a training split, as a job keeps them."""
    columns: dict[str, pa.Array[Any]] = {}
    for name, feature in features.items():
        values: list[Any] = [*split[name][:rows]]
        if isinstance(feature, Numeric):
            columns[name] = pa.array(values, pa.float64())
        else:
            columns[name] = pa.array([v.encode() if isinstance(v, str) else v for v in values], pa.binary())
    labels = np.array(split["label"][:rows], np.float64)
    codes, positions = np.ones(len(labels), np.uint8), np.arange(len(labels), dtype=np.int64)
    return Sample(codes, positions, pa.record_batch([*columns.values()], names=[*columns]), labels)


def nasty_dataset(storage: Storage) -> None:
    long = "n" * 3000
    names = [NASTY, "odd \n\ttoken", long, "bytes"]
    tokens = [NASTY, "x" * 5000, b"caf\xe9\xff", "\u202etni", "", " "]
    split: dict[str, Any] = {
        "label": [float(at % 3 == 0) for at in range(600)],
        NASTY: [float(at) ** 2 for at in range(600)],
        "odd \n\ttoken": [tokens[at % 6] for at in range(600)],
        long: [NASTY] * 600,
        "bytes": [bytes([at % 256, 255]) for at in range(600)],
    }
    features: dict[str, Feature] = {
        NASTY: Numeric(dtype="int64", null_values=[NASTY]),
        "odd \n\ttoken": Categorical(reserved=[NASTY]),
        long: Hashed(buckets=5),
        "bytes": Categorical(),
    }
    assert list(features) == names
    statistics = statistics_of({"train": split, "test": split}, features)
    manifest = manifest_of(
        "nasty",
        statistics,
        features,
        label=Label(expression=f"'{NASTY}' = x"),
        source=DelimitedText(format="csv", uris=[NASTY]),
        request={"name": NASTY, "\ud800": NASTY},
        seconds={NASTY: 1.0},
    )
    manifest = manifest.model_copy(update={"request": {"name": NASTY, "note": NASTY}})
    publish(storage, manifest, statistics, sample_of(split, features))


@contextmanager
def serving(storage: Storage, state: Path, **settings: Any) -> Generator[str]:
    """The address of the service's routes, as they are; no job is run, so that nothing of what runs jobs is started."""
    app = make_app(PreprocessingSettings(storage=storage.uri, state=str(state), **settings))
    with apps.serving(app, lifespan="off") as url:
        yield url
