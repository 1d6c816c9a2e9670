"""The start page of the modeling service: its models, with reports and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from chassis.access.caller import may
from chassis.http.home_page import HomePage
from chassis.http.job_pages import JobPages
from chassis.jobs.job import Job
from chassis.pages.layout import environment
from contracts.access.roles import Role
from contracts.label_kinds import label_traits
from contracts.messages.metrics import TITLES
from contracts.messages.models import ModelSummary
from modeling.job_kinds import TRAINING
from modeling.reports.links import links_of
from modeling.repository.model_repository import ModelRepository
from modeling.repository.summaries import summarize_models

__all__ = ["home_page"]

_NEWEST = 8


@dataclass(frozen=True)
class ModelRow:
    """A model as the page shows it."""

    summary: ModelSummary
    metric: str
    value: float | None
    baseline: float | None
    newest: list[int]
    """Its newest versions, newest first."""

    @property
    def shown(self) -> int:
        """Return the version whose metrics are shown: the default version, else the newest."""
        return self.summary.default or self.summary.newest

    @property
    def more(self) -> int:
        """Return how many versions are not among `newest`."""
        return len(self.summary.versions) - len(self.newest)


def home_page(repository: ModelRepository) -> HomePage:
    """Return the page of the models in a repository."""

    def values(request: Request) -> Mapping[str, Any]:
        return {
            "models": [
                _row(summary) for summary in summarize_models(repository).models if may(Role.READ, summary.name)
            ],
            "links": links_of(request),
        }

    return HomePage(
        templates=environment("modeling"),
        template="models.html",
        values=values,
        jobs=JobPages(nav=lambda request: links_of(request).nav, result=_report_of),
        resources={"models": "/v1/models"},
    )


def _row(summary: ModelSummary) -> ModelRow:
    evaluation = summary.evaluation
    metric = label_traits(evaluation.test.kind).decisive
    return ModelRow(
        summary=summary,
        metric=TITLES[metric],
        value=getattr(evaluation.test, metric),
        baseline=getattr(evaluation.baseline, metric),
        newest=[*reversed(summary.versions)][:_NEWEST],
    )


def _report_of(job: Job) -> str | None:
    """Return the path of the report on the version that a training published."""
    version = (job.response or {}).get("version")
    if job.kind != TRAINING.name or version is None:
        return None
    return f"/v1/models/{job.request['model']}/versions/{version}/report"
