"""The report as a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from fastapi import Response

from chassis.pages.layout import environment, page_response
from contracts.dataset import Manifest
from contracts.statistics import ClassLabelStatistics, Statistics
from preprocessing.report.data_warning import DataWarning, Severity
from preprocessing.report.display_text import shown_text
from preprocessing.report.drift import Beside, drift_section
from preprocessing.report.feature_rows import TONES, feature_row
from preprocessing.report.find_warnings import find_warnings

__all__ = ["report_page"]

_MOST_FILES = 200
_MOST_REQUEST = 20_000

_PLURALS: dict[Severity, str] = {"serious": "serious", "warning": "to look at", "note": "to note"}

_templates = environment("preprocessing")


def report_page(manifest: Manifest, statistics: Statistics, beside: Beside | None = None) -> Response:
    """The page about a dataset, and how it differs from the one beside it. Only what is given is looked at."""
    warnings = find_warnings(manifest, statistics)
    schema = manifest.schema_
    places = {name: at for at, name in enumerate(schema.features)}
    by_feature: dict[str, list[DataWarning]] = {}
    for warning in warnings:
        if warning.feature is not None:
            by_feature.setdefault(warning.feature, []).append(warning)
    rows = [
        feature_row(
            at,
            name,
            schema.features[name],
            {split: found.features[name] for split, found in statistics.splits.items()},
            by_feature.get(name, []),
        )
        for name, at in places.items()
    ]
    total = sum(split.rows for split in statistics.splits.values())
    return page_response(
        _templates,
        "dataset_report.html",
        script="table.js",
        manifest=manifest,
        statistics=statistics,
        total=total,
        kinds=_counted(feature.kind for feature in schema.features.values()),
        severities=_counted(_PLURALS[warning.severity] for warning in warnings),
        features=rows,
        drift=None if beside is None else drift_section(statistics, beside, places),
        groups=_groups(warnings, places),
        amount=len(warnings),
        splits=[name for name, split in statistics.splits.items() if split.rows],
        tones=TONES,
        left_out=_left_out(manifest),
        label_kind=manifest.schema_.label.kind,
        classes=_classes(statistics),
        seconds=_seconds(manifest),
        bytes=sum(shard.bytes for shard in manifest.shards),
        sources=[(shown_text(file.uri, 400), file.bytes) for file in manifest.files[:_MOST_FILES]],
        request=_request(manifest),
    )


def _request(manifest: Manifest) -> str:
    """The request as JSON, of a length that a page can bear."""
    text = json.dumps(manifest.request, indent=2, ensure_ascii=False)
    return text if len(text) <= _MOST_REQUEST else f"{text[:_MOST_REQUEST]}\n… the manifest has all of it"


def _counted(words: Iterable[str]) -> str:
    """How often each occurs: "7 categorical, 1 numeric"."""
    return ", ".join(f"{count:,} {word}" for word, count in Counter(words).items())


def _groups(warnings: Iterable[DataWarning], places: dict[str, int]) -> list[dict[str, Any]]:
    """Warnings of which the same is to be done, together: the worst first, and a line for each."""
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in warnings:
        group = groups.setdefault(
            (each.severity, each.kind, each.advice),
            {"severity": each.severity, "kind": each.kind, "advice": each.advice, "lines": []},
        )
        place = None if each.feature is None else places[each.feature]
        group["lines"].append({"place": place, "name": shown_text(each.feature or ""), "message": each.message})
    return [*groups.values()]


def _classes(statistics: Statistics) -> list[dict[str, Any]]:
    """Each class of a multiclass label, and its rows in each split; empty for other labels."""
    labels = [split.label for split in statistics.splits.values() if isinstance(split.label, ClassLabelStatistics)]
    return [
        {
            "id": at,
            "name": shown_text(str(each.value), 120),
            "splits": [
                {
                    "count": label.classes[at].count,
                    "share": label.classes[at].count / label.count if label.count else None,
                }
                for label in labels
            ],
        }
        for at, each in enumerate(labels[0].classes if labels else [])
    ]


def _left_out(manifest: Manifest) -> list[tuple[str, int]]:
    """Why rows are not in the dataset, and how many."""
    found: dict[str, Any] = manifest.left_out.model_dump()
    return [(name.replace("_", " "), count) for name, count in found.items() if isinstance(count, int)]


def _seconds(manifest: Manifest) -> list[tuple[str, float, float]]:
    """Phase, seconds and share of the whole job."""
    total = sum(manifest.seconds.values())
    return [(phase, spent, spent / total if total else 0.0) for phase, spent in manifest.seconds.items()]
