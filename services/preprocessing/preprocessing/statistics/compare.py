"""Two published datasets, or two splits of one, side by side: `contracts.comparison` from what they hold.

Categories of a training split are compared by the vocabularies, which have every token that is learned; those of another split,
or of a hashed feature, by the thousand most frequent, which the statistics' message has. What is left is compared in one lump.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2 as protos

from contracts.comparison import (
    Categories,
    CompareRequest,
    Comparison,
    FeatureDrift,
    FeatureThresholds,
    Measure,
    SchemaDifference,
)
from contracts.dataset import Dataset
from contracts.errors import InvalidRequest, pointer
from contracts.schema import SplitName
from contracts.statistics import (
    CategoricalStatistics,
    FeatureStatistics,
    SplitStatistics,
    TokenCount,
)
from preprocessing.statistics.drift import AlignedTokens, align_numbers, align_tokens, distances

TOP = 20

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Side:
    """One split of one dataset."""

    dataset: Dataset
    split: SplitName

    @cached_property
    def statistics(self) -> SplitStatistics:
        """Of the split."""
        return self.dataset.statistics().splits[self.split]

    @cached_property
    def _ranked(self) -> dict[str, list[tuple[bytes, int]]]:
        artifact = self.dataset.manifest.statistics_proto
        if artifact is None:
            return {}
        message = protos.DatasetFeatureStatisticsList.FromString(self.dataset.checked(artifact).to_pybytes())
        found = next(each for each in message.datasets if each.name == self.split)
        return {
            feature.path.step[0]: [
                (bucket.label.encode(), int(bucket.sample_count))
                for bucket in feature.string_stats.rank_histogram.buckets
            ]
            for feature in found.features
        }

    def tokens(self, feature: str) -> tuple[pa.Array, Int64s]:
        """Those of a categorical feature that are known one by one, by descending count, and their counts, none of them 0."""
        if self.split == "train" and feature in self.dataset.manifest.vocabularies:
            vocabulary = self.dataset.vocabulary(feature)
            counts: Int64s = vocabulary.counts.to_numpy()
            there = np.flatnonzero(counts)
            whole = len(there) == len(counts)
            return (vocabulary.tokens if whole else vocabulary.tokens.take(pa.array(there))), counts[there]
        ranked = self._ranked.get(feature, [])
        return pa.array([token for token, _ in ranked], pa.binary()), np.array([count for _, count in ranked], np.int64)


def compare(request: CompareRequest, dataset: Dataset, other: Dataset) -> Comparison:
    """How `dataset` differs from `other`. Raises `InvalidRequest` for a threshold of a feature that is not in both."""
    here, there = Side(dataset, request.split), Side(other, request.other_split)
    both = [
        name
        for name, found in here.statistics.features.items()
        if name in there.statistics.features and there.statistics.features[name].kind == found.kind
    ]
    label = dataset.schema.label.name
    for name in request.thresholds.features:
        if name not in (*both, label):
            known = ", ".join([*both, label])
            raise InvalidRequest(
                f"there is no feature {name!r} of one kind in both datasets. There are: {known}",
                pointer=pointer("thresholds", "features", name),
            )
    drifts = [*(_drift(name, here, there) for name in both), _label_drift(label, here, there)]
    limits = request.thresholds
    judged = [_judged(drift, limits.features.get(drift.feature, limits)) for drift in drifts]
    return Comparison(
        dataset=dataset.manifest.name,
        split=request.split,
        other=other.manifest.name,
        other_split=request.other_split,
        rows=[here.statistics.rows, there.statistics.rows],
        drifted=[drift.feature for drift in judged if drift.exceeded],
        features=judged,
        schema_differences=_schema_differences(dataset, other),
    )


def _judged(drift: FeatureDrift, limits: FeatureThresholds) -> FeatureDrift:
    here, there = drift.missing_share
    found: dict[Measure, float | None] = {
        "l_infinity": drift.l_infinity,
        "jensen_shannon": drift.jensen_shannon,
        "missing_share": None if here is None or there is None else abs(here - there),
    }
    allowed: dict[Measure, float | None] = {
        "l_infinity": limits.l_infinity,
        "jensen_shannon": limits.jensen_shannon,
        "missing_share": limits.missing_share,
    }
    exceeded = [
        measure
        for measure, value in found.items()
        if value is not None and (limit := allowed[measure]) is not None and value > limit
    ]
    return drift.model_copy(update={"exceeded": exceeded})


def _drift(name: str, here: Side, there: Side) -> FeatureDrift:
    found, before = here.statistics.features[name], there.statistics.features[name]
    if isinstance(found, CategoricalStatistics):
        return _categorical(name, here, there, found.count, before.count)
    return _numeric(name, here, there)


def _missing(found: FeatureStatistics, rows: int) -> float | None:
    return found.missing / rows if rows else None


def _missing_shares(name: str, here: Side, there: Side) -> list[float | None]:
    return [_missing(side.statistics.features[name], side.statistics.rows) for side in (here, there)]


def _numeric(name: str, here: Side, there: Side) -> FeatureDrift:
    if name not in here.dataset.manifest.values or name not in there.dataset.manifest.values:
        return FeatureDrift(
            feature=name,
            kind="numeric",
            l_infinity=None,
            l_infinity_at=None,
            jensen_shannon=None,
            missing_share=_missing_shares(name, here, there),
            exceeded=[],
        )
    aligned = align_numbers(here.dataset.values(name), here.split, there.dataset.values(name), there.split)
    binned = aligned.binned()
    found = distances(binned.here, binned.there)
    return FeatureDrift(
        feature=name,
        kind="numeric",
        l_infinity=found.l_infinity,
        l_infinity_at=None if found.place is None else _bin(binned.lows, found.place),
        jensen_shannon=found.jensen_shannon,
        kolmogorov_smirnov=aligned.kolmogorov_smirnov(),
        missing_share=_missing_shares(name, here, there),
        exceeded=[],
    )


def _bin(lows: npt.NDArray[np.float64], place: int) -> str:
    """From its lower bound to the next bin's."""
    if place + 1 < len(lows):
        return f"[{lows[place]:g}, {lows[place + 1]:g})"
    return f"from {lows[place]:g}"


def _categorical(name: str, here: Side, there: Side, count_here: int, count_there: int) -> FeatureDrift:
    tokens_here, counts_here = here.tokens(name)
    tokens_there, counts_there = there.tokens(name)
    aligned = align_tokens(tokens_here, counts_here, tokens_there, counts_there)
    rest = [count_here - int(counts_here.sum()), count_there - int(counts_there.sum())]
    found = distances(*_with_the_rest(aligned, rest))
    return FeatureDrift(
        feature=name,
        kind="categorical",
        l_infinity=found.l_infinity,
        l_infinity_at=_category(aligned, tokens_here, tokens_there, found.place),
        jensen_shannon=found.jensen_shannon,
        missing_share=_missing_shares(name, here, there),
        new=_only(tokens_here, aligned.here, aligned.place_here, aligned.place_there, count_here),
        vanished=_only(tokens_there, aligned.there, aligned.place_there, aligned.place_here, count_there),
        complete=not any(rest),
        exceeded=[],
    )


def _with_the_rest(aligned: AlignedTokens, rest: list[int]) -> tuple[Int64s, Int64s]:
    """The counts, and after them those of all other tokens in one.

    Where one side's rarer tokens were not kept, what it seems to lack may be among them: the other's are counted there too.
    """
    here, there = np.append(aligned.here, rest[0]), np.append(aligned.there, rest[1])
    for side, place, missing in ((here, aligned.place_there, rest[1]), (there, aligned.place_here, rest[0])):
        if missing:
            unknown = np.flatnonzero(place < 0)
            side[-1] += side[unknown].sum()
            side[unknown] = 0
    return here, there


def _category(aligned: AlignedTokens, here: pa.Array, there: pa.Array, place: int | None) -> str | None:
    if place is None:
        return None
    if place == len(aligned.here):
        return "all others"
    at = int(aligned.place_here[place])
    token: bytes = here[at].as_py() if at >= 0 else there[int(aligned.place_there[place])].as_py()
    return token.decode(errors="replace")


def _only(tokens: pa.Array, counts: Int64s, places: Int64s, others: Int64s, count: int) -> Categories:
    """Tokens that have a place in the one list and none in the other."""
    only = np.flatnonzero((places >= 0) & (others < 0))
    order = only[np.lexsort((places[only], -counts[only]))[:TOP]]
    return Categories(
        count=len(only),
        share=int(counts[only].sum()) / count if count else None,
        top=[TokenCount.of(tokens[int(places[i])].as_py(), int(counts[i])) for i in order],
    )


def _label_drift(name: str, here: Side, there: Side) -> FeatureDrift:
    counts = [{each.value: each.count for each in side.statistics.label.distribution} for side in (here, there)]
    values = sorted({*counts[0], *counts[1]})
    ours, theirs = (np.array([found.get(value, 0) for value in values], np.int64) for found in counts)
    found = distances(ours, theirs)
    return FeatureDrift(
        feature=name,
        kind="label",
        l_infinity=found.l_infinity,
        l_infinity_at=None if found.place is None else f"{values[found.place]:g}",
        jensen_shannon=found.jensen_shannon,
        missing_share=[0.0 if side.statistics.rows else None for side in (here, there)],
        exceeded=[],
    )


def _schema_differences(dataset: Dataset, other: Dataset) -> list[SchemaDifference]:
    here, there = (
        {name: feature.model_dump(mode="json") for name, feature in side.schema.features.items()}
        for side in (dataset, other)
    )
    names = [*here, *(name for name in there if name not in here)]
    return [
        SchemaDifference(feature=name, here=here.get(name), there=there.get(name))
        for name in names
        if here.get(name) != there.get(name)
    ]
