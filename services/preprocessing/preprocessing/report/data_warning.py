"""The type of a warning about a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.schema import SplitName

__all__ = ["SEVERITIES", "DataWarning", "Kind", "Severity"]

Severity = Literal["serious", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note")
"""The worst first. `serious`: a model trained on this is wrong or useless; `warning`: check it; `note`: good to know."""

Kind = Literal[
    "all missing",
    "mostly missing",
    "constant",
    "nearly constant",
    "unique",
    "row number",
    "infinite",
    "invalid UTF-8",
    "heavy tail",
    "leakage",
    "rejected rows",
    "unknown classes",
    "split size",
    "label skew",
    "missing skew",
    "drift between splits",
]


@dataclass(frozen=True)
class DataWarning:
    """One finding: the observation, its numbers, and advice."""

    kind: Kind
    severity: Severity
    message: str
    advice: str
    numbers: dict[str, float]
    feature: str | None = None
    """None for a warning about the whole dataset."""
    split: SplitName | None = None
    """Set for a warning about one split, compared with the training split."""
