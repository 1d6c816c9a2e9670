"""Compare a version's training split with its logged rows, by the formulas that compare two datasets (`sources.drift`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

import numpy as np
import pyarrow as pa

from contracts.errors import Conflict, InvalidRequest, pointer
from contracts.messages.comparisons import FeatureDrift
from contracts.messages.skew import NotCompared, Skew, SkewRequest
from contracts.storage import Storage
from modeling.repository.versions import VersionManifest
from modeling.skew.served_counts import Served, ServedNumbers, ServedTokens, served_rows
from modeling.skew.training_counts import KnownTokens, TrainedOn, read_trained_on
from sources.drift.feature_drift import TokenCounts, categorical_drift, judged, numeric_drift

_HOW_TO_LOG = "predictions are logged where TANDEM_PREDICTION_LOG is above 0"


def skew(storage: Storage, manifest: VersionManifest, request: SkewRequest) -> Skew:
    """Compare the version's logged rows with its training split.

    Raises `Conflict` if there is nothing to compare, `InvalidRequest` for a threshold of an unknown feature.
    """
    features = manifest.schema_.features
    for name in request.thresholds.features:
        if name not in features:
            raise InvalidRequest(
                f"there is no feature {name!r}. There are: {', '.join(features)}",
                pointer=pointer("thresholds", "features", name),
            )
    trained = read_trained_on(storage, manifest)
    served = served_rows(storage, manifest, request.since, request.until)
    if served.first is None or served.last is None:
        raise Conflict(
            f"no row served by version {manifest.version} of model {manifest.model!r} is in the log; {_HOW_TO_LOG}"
        )
    limits = request.thresholds
    drifts = [judged(drift, limits.features.get(drift.feature, limits)) for drift in _drifts(features, trained, served)]
    return Skew(
        model=manifest.model,
        version=manifest.version,
        dataset=manifest.dataset.name,
        first=served.first,
        last=served.last,
        files=served.files,
        rows=[served.rows, trained.statistics.rows],
        drifted=[drift.feature for drift in drifts if drift.exceeded],
        features=drifts,
        not_compared=[
            NotCompared(feature=name, reason="it was redacted in the log")
            for name in features
            if name in served.redacted
        ],
    )


def _drifts(features: Iterable[str], trained: TrainedOn, served: Served) -> Iterator[FeatureDrift]:
    before = trained.statistics
    for name in features:
        if name in served.redacted:
            continue
        there = before.features[name]
        missing_there = there.missing / before.rows if before.rows else None
        here = served.counts[name]
        missing = (here.missing / served.rows, missing_there)
        match here:
            case ServedNumbers():
                yield numeric_drift(name, here.counts, trained.numbers.get(name), missing)
            case ServedTokens():
                yield categorical_drift(name, *_matched(here, trained.tokens[name], there.count), missing)
            case _:
                assert_never(here)


def _matched(served: ServedTokens, trained: KnownTokens, trained_total: int) -> tuple[TokenCounts, TokenCounts]:
    """Return both sides' token counts, each token numbered by its index in a common dictionary."""
    ranked = served.ranked()
    tokens = pa.array([token for token, _ in ranked], pa.binary())
    counts = np.array([count for _, count in ranked], np.int64)
    numbers = pa.concat_arrays([tokens, trained.tokens]).dictionary_encode().indices.to_numpy().astype(np.uint64)
    return (
        TokenCounts(tokens, counts, served.total, numbers[: len(tokens)]),
        TokenCounts(trained.tokens, trained.counts.to_numpy(), trained_total, numbers[len(tokens) :]),
    )
