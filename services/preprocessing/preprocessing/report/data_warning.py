"""The type of a warning about a dataset."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.dataset_warning import DatasetWarning, Severity, WarningKind
from contracts.schema import SplitName

__all__ = ["SEVERITIES", "DataWarning", "Severity", "WarningKind"]

SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note")
"""The worst first."""


@dataclass(frozen=True)
class DataWarning:
    """One finding: the observation, its numbers, and advice."""

    kind: WarningKind
    severity: Severity
    message: str
    advice: str
    numbers: dict[str, float]
    feature: str | None = None
    """None for a warning about the whole dataset."""
    split: SplitName | None = None
    """Set for a warning about one split, compared with the training split."""

    def recorded(self) -> DatasetWarning:
        """Return the warning as the dataset's manifest keeps it."""
        return DatasetWarning(
            kind=self.kind,
            severity=self.severity,
            message=self.message,
            advice=self.advice,
            feature=self.feature,
            split=self.split,
        )
