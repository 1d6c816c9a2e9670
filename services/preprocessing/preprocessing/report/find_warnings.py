"""All warnings about a dataset: a pure function of its published manifest and statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from contracts.dataset.manifest import Manifest
from contracts.dataset.requested_splits import SplitsSpec, asked_shares
from contracts.dataset.warning import SEVERITIES, DatasetWarning, WarningKind
from contracts.messages.datasets import DatasetRequest
from contracts.schema import SplitName
from contracts.statistics import FeatureStatistics, Statistics
from preprocessing.report.column_warnings import column_warnings, respelled_warnings
from preprocessing.report.later_warnings import later_warnings
from preprocessing.report.leakage import leakage_warnings, not_checked_warnings
from preprocessing.report.split_drift import split_drift_warnings
from preprocessing.report.split_warnings import missing_skew_warnings, split_warnings

__all__ = ["find_warnings"]

_ADVICE_ON_USE: frozenset[WarningKind] = frozenset(
    {"mostly missing", "constant", "nearly constant", "unique", "equal as float32", "heavy tail"}
)
"""Warnings whose advice is how to use a feature: left out where the feature leaks the label and should not be used."""
_SPLITS: TypeAdapter[Any] = TypeAdapter(SplitsSpec)


def find_warnings(manifest: Manifest, statistics: Statistics) -> list[DatasetWarning]:
    """Return the warnings, worst first; within a severity, those of the whole dataset, then the features' in schema order."""
    warnings = [
        *_rejected(manifest, statistics),
        *_unknown_classes(manifest, statistics),
        *split_warnings(statistics, _asked(manifest)),
        *not_checked_warnings(statistics.splits["train"].label),
        *_features(manifest, statistics),
    ]
    return sorted(warnings, key=lambda warning: SEVERITIES.index(warning.severity))


def _rejected(manifest: Manifest, statistics: Statistics) -> Iterator[DatasetWarning]:
    rejected = manifest.left_out.rejected
    if rejected:
        out = manifest.left_out
        published = sum(split.rows for split in statistics.splits.values())
        read = rejected + out.filtered + out.without_label + out.unknown_class + out.without_split + published
        yield DatasetWarning(
            kind="rejected rows",
            severity="warning",
            message=f"{rejected:,} of {read:,} rows could not be read and were skipped ({rejected / read:.2%}).",
            advice="See the rejected rows and their reasons. If they have much in common, the remaining rows are a "
            "biased sample.",
            numbers={"rejected": rejected, "rows": read},
        )


def _unknown_classes(manifest: Manifest, statistics: Statistics) -> Iterator[DatasetWarning]:
    unknown = manifest.left_out.unknown_class
    if unknown:
        others = sum(split.rows for name, split in statistics.splits.items() if name != "train")
        yield DatasetWarning(
            kind="unknown classes",
            severity="warning",
            message=f"{unknown:,} rows of validation and test have a class that no training row has, and were left out.",
            advice="No model can learn these classes, and the metrics do not count these rows as errors. Merge rare classes, or "
            "filter them out.",
            numbers={"unknown": unknown, "rows": unknown + others},
        )


def _features(manifest: Manifest, statistics: Statistics) -> Iterator[DatasetWarning]:
    train = statistics.splits["train"]
    for name, feature in manifest.schema_.features.items():
        splits: dict[SplitName, FeatureStatistics] = {
            split: split_statistics.features[name]
            for split, split_statistics in statistics.splits.items()
            if split_statistics.rows
        }
        leaks = (
            [*leakage_warnings(manifest.schema_, train.label, name, train.features[name])] if "train" in splits else []
        )
        own = column_warnings(name, feature, train.features[name])
        yield from respelled_warnings(name, manifest.respelled.get(name))
        yield from (warning for warning in own if not (leaks and warning.kind in _ADVICE_ON_USE))
        yield from leaks
        if "train" in splits:
            later = [*later_warnings(name, splits, manifest.unseen.get(name, {}), manifest.split_rule)]
            explained = {warning.split for warning in later}
            yield from later
            compared = [*missing_skew_warnings(name, splits), *split_drift_warnings(name, splits)]
            yield from (warning for warning in compared if warning.split not in explained)


def _asked(manifest: Manifest) -> dict[SplitName, float | None]:
    """Return the splits that should have rows, with their shares; the default's where the request has none."""
    default = DatasetRequest.model_fields["splits"].default
    return asked_shares(_SPLITS.validate_python(manifest.request.get("splits", default)))
