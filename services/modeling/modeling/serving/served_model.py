"""The versions in memory that serve one model. Never changed: the registry replaces it whole."""

from __future__ import annotations

from dataclasses import dataclass

from modeling.repository.labels import Labels
from modeling.serving.loaded_version import LoadedVersion


@dataclass(frozen=True)
class ServedModel:
    """The versions that serve a model: its default, and one for each label whose version could be loaded."""

    default: LoadedVersion | None
    labelled: dict[str, LoadedVersion]
    labels: Labels
    lost_default: bool = False
    """True while its default version is released, and the one that replaces it is not loaded yet."""

    @property
    def versions(self) -> dict[int, LoadedVersion]:
        """Return all of them, by number."""
        served = [*self.labelled.values(), *([self.default] if self.default is not None else [])]
        return {loaded.manifest.version: loaded for loaded in served}

    def only(self, held: dict[int, LoadedVersion]) -> ServedModel:
        """Return the same without versions other than these."""
        labelled = {
            label: loaded for label, loaded in self.labelled.items() if held.get(loaded.manifest.version) is loaded
        }
        is_held = self.default is not None and held.get(self.default.manifest.version) is self.default
        lost_default = self.lost_default or (self.default is not None and not is_held)
        return ServedModel(self.default if is_held else None, labelled, self.labels, lost_default)
