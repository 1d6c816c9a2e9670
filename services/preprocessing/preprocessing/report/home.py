"""The start page of the preprocessing service: its datasets, with their reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import Request

from chassis.access.caller import may
from chassis.http.home_page import HomePage
from chassis.http.job_pages import JobPages
from chassis.jobs.job import Job
from chassis.pages.layout import environment
from contracts.access.roles import Role
from contracts.errors import StorageUnavailable
from preprocessing.job_kinds import DATASET
from preprocessing.published_datasets import ListedDataset, PublishedDatasets
from preprocessing.report.links import links_of

__all__ = ["home_page"]

_NEWEST = 200
"""Datasets that the page lists."""


def home_page(datasets: PublishedDatasets) -> HomePage:
    """Return the page of the published datasets."""

    def values(request: Request) -> Mapping[str, Any]:
        try:
            newest_first = sorted(_visible(datasets), key=lambda dataset: dataset.created, reverse=True)
            away = None
        except StorageUnavailable as error:
            newest_first, away = [], error.message
        return {
            "away": away,
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


def _visible(datasets: PublishedDatasets) -> Iterator[ListedDataset]:
    return (dataset for dataset in datasets.listed() if may(Role.READ, dataset.name))


def _report_of(job: Job) -> str | None:
    """Return the path of the report on the dataset that a job published."""
    return f"/v1/datasets/{job.request['name']}/report" if job.kind == DATASET.name else None
