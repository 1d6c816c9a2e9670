"""The start page of the preprocessing service: its datasets, with their reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from chassis.http.home_page import HomePage
from chassis.http.job_pages import JobPages
from chassis.jobs.job import Job
from chassis.pages.layout import environment
from contracts.dataset import Manifest, list_datasets
from contracts.storage import Storage
from preprocessing.job_kinds import DATASET
from preprocessing.report.links import links_of

__all__ = ["home_page"]

_NEWEST = 200
"""Datasets that the page lists."""


@dataclass(frozen=True)
class DatasetRow:
    """A dataset as the page shows it."""

    manifest: Manifest

    @property
    def rows(self) -> int:
        """Return the rows of all splits."""
        return sum(split.rows for split in self.manifest.splits.values())

    @property
    def splits(self) -> list[str]:
        """Return the splits that have rows."""
        return [name for name, split in self.manifest.splits.items() if split.rows]

    @property
    def label(self) -> str:
        """Return the label's column or expression."""
        label = self.manifest.schema_.label
        return label.shown

    @property
    def bytes(self) -> int:
        """Return the size of the records."""
        return sum(shard.bytes for shard in self.manifest.shards)

    @property
    def warnings(self) -> list[tuple[str, int]]:
        """Return the number of warnings by severity, the worst first; empty where they were not recorded."""
        return [*Counter(warning.severity for warning in self.manifest.warnings or []).items()]


def home_page() -> HomePage:
    """Return the page of the datasets in the service's storage."""

    def values(request: Request) -> Mapping[str, Any]:
        storage = Storage(request.app.state.settings.storage)
        newest_first = sorted(
            (DatasetRow(dataset.manifest) for dataset in list_datasets(storage)), key=lambda row: row.manifest.name
        )
        newest_first.sort(key=lambda row: row.manifest.created, reverse=True)
        return {
            "datasets": newest_first[:_NEWEST],
            "more": max(len(newest_first) - _NEWEST, 0),
            "links": links_of(request),
        }

    return HomePage(
        templates=environment("preprocessing"),
        template="datasets.html",
        values=values,
        jobs=JobPages(nav=lambda request: links_of(request).nav, result=_report_of),
        resources={"datasets": "/v1/datasets"},
    )


def _report_of(job: Job) -> str | None:
    """Return the path of the report on the dataset that a job published."""
    return f"/v1/datasets/{job.request['name']}/report" if job.kind == DATASET.name else None
