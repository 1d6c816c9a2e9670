"""Render a dataset's report as an HTML page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from fastapi import Response

from chassis.pages.layout import environment, page_response
from contracts.dataset.manifest import Manifest
from contracts.dataset.sample import Sample
from contracts.dataset.warning import DatasetWarning, Severity
from contracts.label_kinds import label_traits
from contracts.schema import Schema
from contracts.statistics import ClassLabelStatistics, Statistics
from preprocessing.report.correlations import correlations
from preprocessing.report.display_text import shown_name, shown_text
from preprocessing.report.drift import ComparedDataset, drift_section
from preprocessing.report.feature_pages import FeatureQuery, feature_page
from preprocessing.report.feature_rows import TONES, feature_row
from preprocessing.report.find_warnings import find_warnings
from preprocessing.report.links import PageLinks
from preprocessing.report.sample_rows import sample_rows

__all__ = ["report_page"]

_MAX_FILES = 200
_MAX_REQUEST = 20_000

_PLURALS: dict[Severity, str] = {"serious": "serious", "warning": "to look at", "note": "to note"}

_templates = environment("preprocessing")


def report_page(
    manifest: Manifest,
    statistics: Statistics,
    compared: ComparedDataset | None = None,
    *,
    sample: Sample | None = None,
    rows_shown: int = 0,
    links: PageLinks | None = None,
    query: FeatureQuery | None = None,
) -> Response:
    """Return the report on a dataset, with a comparison if `compared` is given. Reads no files.

    `sample`: the rows that the dataset keeps, of which at most `rows_shown` are shown. `query`: which features of a wide dataset.
    """
    links = links or PageLinks()
    warnings = find_warnings(manifest, statistics)
    schema = manifest.schema_
    places = {name: index for index, name in enumerate(schema.features)}
    by_feature: dict[str, list[DatasetWarning]] = {}
    for warning in warnings:
        if warning.feature is not None:
            by_feature.setdefault(warning.feature, []).append(warning)
    shown = feature_page(schema, statistics.splits["train"], by_feature, query or FeatureQuery())
    rows = [
        feature_row(
            index,
            name,
            schema.features[name],
            {split: split_statistics.features[name] for split, split_statistics in statistics.splits.items()},
            by_feature.get(name, []),
            schema.derive[name] if name in schema.computed else None,
        )
        for name, index in ((name, places[name]) for name in shown.names)
    ]
    total = sum(split.rows for split in statistics.splits.values())
    return page_response(
        _templates,
        "dataset_report.html",
        scripts=["table.js"],
        nav=links.nav,
        links=links,
        job=manifest.folder.rpartition("-")[0],
        sample=sample and sample_rows(sample, rows_shown),
        correlations=sample and _correlations(sample, manifest.schema_, places),
        manifest=manifest,
        statistics=statistics,
        total=total,
        kinds=_counted(feature.kind for feature in schema.features.values()),
        severities=_counted(_PLURALS[warning.severity] for warning in warnings),
        features=rows,
        shown=shown,
        has_form=shown.query is not None,
        drift=None if compared is None else drift_section(statistics, compared, places),
        groups=_groups(warnings, places),
        amount=len(warnings),
        splits=[name for name, split in statistics.splits.items() if split.rows],
        tones=TONES,
        left_out=_left_out(manifest),
        timeline={
            "bins": manifest.timeline,
            "most": max((sum(bin_.rows.values()) for bin_ in manifest.timeline), default=0),
        },
        label=label_traits(manifest.schema_.label.kind),
        classes=_classes(statistics),
        seconds=_seconds(manifest),
        bytes=sum(shard.bytes for shard in manifest.shards),
        sources=[(shown_text(file.uri, 400), file.bytes) for file in manifest.files[:_MAX_FILES]],
        request=_request(manifest),
    )


def _correlations(sample: Sample, schema: Schema, places: dict[str, int]) -> dict[str, Any] | None:
    """Return the correlations with the places of their features in the table; None where there are none to show."""
    estimated = correlations(sample, schema)
    if estimated is None or not (estimated.with_label or estimated.pairs or estimated.names):
        return None
    return {
        "estimated": estimated,
        "with_label": [(pair, places[pair.first], shown_name(pair.first)) for pair in estimated.with_label],
        "pairs": [
            (pair, [(places[name], shown_name(name)) for name in (pair.first, pair.second)]) for pair in estimated.pairs
        ],
        "names": [(places[name], shown_name(name)) for name in estimated.names],
    }


def _request(manifest: Manifest) -> str:
    """Return the request as JSON, shortened if it is long."""
    text = json.dumps(manifest.request, indent=2, ensure_ascii=False)
    return text if len(text) <= _MAX_REQUEST else f"{text[:_MAX_REQUEST]}\n… the manifest has all of it"


def _counted(words: Iterable[str]) -> str:
    """Return how often each word occurs, as text: "7 categorical, 1 numeric"."""
    return ", ".join(f"{count:,} {word}" for word, count in Counter(words).items())


def _groups(warnings: Iterable[DatasetWarning], places: dict[str, int]) -> list[dict[str, Any]]:
    """Group the warnings that share severity, kind and advice: the worst first, with a line for each warning."""
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for warning in warnings:
        group = groups.setdefault(
            (warning.severity, warning.kind, warning.advice),
            {"severity": warning.severity, "kind": warning.kind, "advice": warning.advice, "lines": []},
        )
        place = None if warning.feature is None else places[warning.feature]
        name = "" if warning.feature is None else shown_name(warning.feature)
        group["lines"].append({"place": place, "name": name, "message": warning.message})
    return [*groups.values()]


def _classes(statistics: Statistics) -> list[dict[str, Any]]:
    """Return each class of a multiclass label with its rows in each split; empty for other labels."""
    labels = [split.label for split in statistics.splits.values() if isinstance(split.label, ClassLabelStatistics)]
    return [
        {
            "id": class_id,
            "name": shown_text(str(class_count.value), 120),
            "splits": [
                {
                    "count": label.classes[class_id].count,
                    "share": label.classes[class_id].count / label.count if label.count else None,
                }
                for label in labels
            ],
        }
        for class_id, class_count in enumerate(labels[0].classes if labels else [])
    ]


def _left_out(manifest: Manifest) -> list[tuple[str, int]]:
    """Return the reasons why rows are not in the dataset, each with its number of rows."""
    reasons: dict[str, Any] = manifest.left_out.model_dump()
    return [(name.replace("_", " "), count) for name, count in reasons.items() if isinstance(count, int)]


def _seconds(manifest: Manifest) -> list[tuple[str, float, float]]:
    """Return each phase with its seconds and its share of the whole job."""
    total = sum(manifest.seconds.values())
    return [(phase, spent, spent / total if total else 0.0) for phase, spent in manifest.seconds.items()]
