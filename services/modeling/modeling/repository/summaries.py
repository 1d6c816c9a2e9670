"""The summary of a model: its versions and labels, and the evaluation of the version that answers."""

from __future__ import annotations

from contracts.errors import CorruptData, NotFound
from contracts.messages.models import ModelList, ModelSummary
from modeling.repository.model_repository import ModelRepository
from modeling.repository.resolve_version import default_version


def summarize_models(repository: ModelRepository) -> ModelList:
    """Return every model with a published version, except those whose manifest is unreadable."""
    summaries = [_summary(repository, name) for name in repository.names()]
    return ModelList(models=[summary for summary in summaries if summary is not None])


def _summary(repository: ModelRepository, name: str) -> ModelSummary | None:
    try:
        published, labels = repository.published(name), repository.labels(name)
        if not published:
            return None
        versions = [*published]
        default = default_version(repository, name, published, labels)
        shown = default or versions[-1]
        manifest = repository.seen_manifest(name, shown, published[shown])
    except (CorruptData, NotFound):
        return None
    return ModelSummary(
        name=name,
        versions=versions,
        newest=versions[-1],
        default=default,
        labels=labels.labels,
        dataset=manifest.dataset.name,
        created=manifest.created,
        evaluation=manifest.result.evaluation,
    )
