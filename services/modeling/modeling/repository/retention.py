"""Retention: which versions are removed by themselves, as the operator's settings have it.

Kept are the newest versions, those with a label, the default one, those younger than an age, and those whose manifest cannot be
read: nothing is lost that nobody has judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.repository.folders import version_folder
from modeling.repository.model_repository import ModelRepository
from modeling.repository.removal import remove_versions
from modeling.repository.resolve_version import default_version


@dataclass(frozen=True)
class VersionRetention:
    """The newest `newest` versions of each model are kept, and all younger than `days`; None of both: all are."""

    newest: int | None = None
    days: float | None = None

    def apply(self, storage: Storage) -> list[str]:
        """Remove the versions that are not kept; return their folders."""
        if self.newest is None and self.days is None:
            return []
        repository = ModelRepository(storage)
        removed: list[str] = []
        for model in repository.names():
            numbers = self.expired(repository, model)
            if numbers:
                remove_versions(storage, model, numbers, force=False)
                removed += [version_folder(model, number) for number in numbers]
        return removed

    def expired(self, repository: ModelRepository, model: str) -> list[int]:
        """Return the versions of a model that are not kept, ascending."""
        published, labels = repository.published(model), repository.labels(model)
        default = default_version(repository, model, published, labels)
        newest = [*published][-(self.newest or 1) :]
        others = [number for number in published if number not in {*newest, default, *labels.labels.values()}]
        return [number for number in others if self._is_old(repository, model, number)]

    def _is_old(self, repository: ModelRepository, model: str, number: int) -> bool:
        try:
            created = repository.manifest(model, number).created
        except (CorruptData, NotFound):
            return False
        return self.days is None or created < datetime.now(UTC) - timedelta(days=self.days)
