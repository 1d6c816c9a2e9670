"""The page of the versions that were trained from a dataset, which the dataset's report leads to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from fastapi import Response

from chassis.access.caller import may
from chassis.pages.layout import environment, page_response
from contracts.access.roles import Role
from contracts.errors import CorruptData, NotFound
from contracts.label_kinds import label_traits
from contracts.messages.metrics import TITLES, MetricName
from modeling.reports.links import PageLinks
from modeling.repository.model_repository import ModelRepository
from modeling.repository.resolve_version import default_version
from modeling.repository.versions import VersionManifest

__all__ = ["dataset_models_page"]

_MOST_ROWS = 1000

_templates = environment("modeling")


@dataclass(frozen=True)
class VersionRow:
    """A version as the page shows it."""

    manifest: VersionManifest
    labels: list[str]
    is_default: bool

    @property
    def metric(self) -> MetricName:
        """Return the name of the metric that compares versions of this kind of label."""
        return label_traits(self.manifest.result.evaluation.test.kind).decisive

    @property
    def title(self) -> str:
        """Return the metric's title."""
        return TITLES[self.metric]

    @property
    def value(self) -> float | None:
        """Return the metric of the version."""
        return getattr(self.manifest.result.evaluation.test, self.metric)

    @property
    def baseline(self) -> float | None:
        """Return the metric of the baseline."""
        return getattr(self.manifest.result.evaluation.baseline, self.metric)


def dataset_models_page(repository: ModelRepository, dataset: str, links: PageLinks) -> Response:
    """Return the page, with the newest versions first. Raises `StorageUnavailable`."""
    repository.listings.require()
    rows = sorted(_rows(repository, dataset), key=_age, reverse=True)
    return page_response(
        _templates,
        "dataset_models.html",
        nav=links.nav,
        links=links,
        dataset=dataset,
        rows=rows[:_MOST_ROWS],
        more=max(len(rows) - _MOST_ROWS, 0),
    )


def _rows(repository: ModelRepository, dataset: str) -> Iterator[VersionRow]:
    for model, published in repository.published_models().items():
        if not may(Role.READ, model):
            continue
        made: list[VersionManifest] = []
        for number in published:
            with suppress(CorruptData, NotFound):
                manifest = repository.manifest(model, number)
                if manifest.dataset.name == dataset:
                    made.append(manifest)
        if made:
            labels = repository.labels(model)
            default = default_version(repository, model, published, labels)
            for manifest in made:
                yield VersionRow(manifest, labels.of(manifest.version), manifest.version == default)


def _age(row: VersionRow) -> tuple[datetime, str, int]:
    return row.manifest.created, row.manifest.model, row.manifest.version
