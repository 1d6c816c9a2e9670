"""HTML page on what changed from one version of a model to another: metrics, request, features, dataset, slices, importance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from chassis.pages.layout import environment, page_response
from contracts.label_kinds import LabelTraits, label_traits
from contracts.messages.evaluation import EvaluationDetail
from contracts.messages.metrics import HIGHER_IS_BETTER, TITLES, MetricName, Metrics
from contracts.schema import Schema
from modeling.evaluation.slices import ENOUGH_ROWS
from modeling.reports.links import PageLinks
from modeling.reports.slice_tables import SHOWN, name_of
from modeling.repository.versions import VersionManifest

__all__ = ["Evaluated", "changes_page"]

_templates = environment("modeling")


@dataclass(frozen=True)
class Evaluated:
    """A version and its evaluation."""

    manifest: VersionManifest
    detail: EvaluationDetail


@dataclass(frozen=True)
class Moved:
    """A value in both versions. `better`: whether it improved; None where it did not move, or that cannot be known."""

    name: str
    before: float | None
    after: float | None
    better: bool | None
    rows: tuple[int, int] = (0, 0)

    @property
    def difference(self) -> float | None:
        """Return by how much it grew."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Replaced:
    """A setting by its path in both versions; empty where a version has none."""

    path: str
    before: str
    after: str


def changes_page(new: Evaluated, old: Evaluated, links: PageLinks) -> Response:
    """Render the differences of `new` from `old`, both of them versions of one model."""
    here, there = new.manifest, old.manifest
    label = label_traits(here.schema_.label.kind)
    is_comparable = here.schema_.label.kind == there.schema_.label.kind
    compared = here.result.gate.compared if here.result.gate else None
    return page_response(
        _templates,
        "version_changes.html",
        nav=links.nav,
        links=links,
        new=here,
        old=there,
        compared=compared if compared is not None and compared.version == there.version else None,
        same_rows=here.dataset.fingerprint == there.dataset.fingerprint,
        metrics=_metrics(here.result.evaluation.test, there.result.evaluation.test, label) if is_comparable else [],
        decisive=TITLES[label.decisive],
        slices=_slices(new, old, label) if is_comparable else [],
        importance=_importance(new.detail, old.detail),
        request=_replaced(_settings(here), _settings(there)),
        features=_replaced(_features(here.schema_), _features(there.schema_)),
        lineage=_replaced(_lineage(here), _lineage(there)),
    )


def _metrics(after: Metrics, before: Metrics, label: LabelTraits) -> list[Moved]:
    return [_moved(TITLES[name], name, getattr(before, name), getattr(after, name)) for name in label.metrics]


def _moved(
    words: str, metric: MetricName, before: float | None, after: float | None, rows: tuple[int, int] = (0, 0)
) -> Moved:
    better = None
    if before is not None and after is not None and before != after:
        better = (after > before) == HIGHER_IS_BETTER[metric]
    return Moved(words, before, after, better, rows)


def _slices(new: Evaluated, old: Evaluated, label: LabelTraits) -> list[Moved]:
    """Return the groups of enough rows that both have, by the decisive metric: those that lost most first."""
    before, after = (_groups(side.detail, label.decisive) for side in (old, new))
    sign = -1 if HIGHER_IS_BETTER[label.decisive] else 1
    moved = [
        _moved(name, label.decisive, before[name][0], value, (before[name][1], rows))
        for name, (value, rows) in after.items()
        if name in before
    ]
    return sorted(moved, key=lambda change: -sign * (change.difference or 0.0))[:SHOWN]


def _groups(detail: EvaluationDetail, metric: MetricName) -> dict[str, tuple[float, int]]:
    """Return value and rows of each group of enough rows, by feature and group."""
    return {
        f"{sliced.feature}: {name_of(group)[0]}": (value, group.metrics.rows)
        for sliced in detail.slices
        for group in sliced.groups
        if (value := getattr(group.metrics, metric, None)) is not None and group.metrics.rows >= ENOUGH_ROWS
    }


def _importance(new: EvaluationDetail, old: EvaluationDetail) -> list[Moved]:
    """Return the importance of each feature in both, the largest changes first; empty unless the metric is the same."""
    if new.importance is None or old.importance is None or new.importance.metric != old.importance.metric:
        return []
    metric = new.importance.metric
    after, before = (
        {feature.feature: feature.worse[metric].mean for feature in side.features if metric in feature.worse}
        for side in (new.importance, old.importance)
    )
    moved = [Moved(name, before.get(name), after.get(name), None) for name in dict.fromkeys([*after, *before])]
    return sorted(moved, key=lambda change: -abs((change.after or 0.0) - (change.before or 0.0)))


def _replaced(after: dict[str, str], before: dict[str, str]) -> list[Replaced]:
    """Return the settings that are not equal in both."""
    return [
        Replaced(path, before.get(path, ""), after.get(path, ""))
        for path in dict.fromkeys([*after, *before])
        if after.get(path) != before.get(path)
    ]


def _settings(manifest: VersionManifest) -> dict[str, str]:
    return dict(_leaves("", manifest.request.model_dump(mode="json", exclude={"model", "dataset"}, exclude_none=True)))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield each value below, with its path; lists are one value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), inner)
    else:
        yield path, str(value)


def _features(schema: Schema) -> dict[str, str]:
    features = {name: feature.model_dump_json(exclude_none=True) for name, feature in schema.features.items()}
    return features | {
        f"cross {cross.name}": cross.model_dump_json(exclude={"name"}, exclude_none=True) for cross in schema.crosses
    }


def _lineage(manifest: VersionManifest) -> dict[str, str]:
    kept = manifest.result.kept_epoch
    return {
        "dataset": manifest.dataset.name,
        "its fingerprint": manifest.dataset.fingerprint,
        "label": manifest.schema_.label.shown,
        "epochs": str(len(manifest.result.history)),
        "kept epoch": "" if kept is None else str(kept),
        **manifest.libraries,
    }
