"""What a warning about a dataset is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.schema import SplitName

__all__ = ["SEVERITIES", "DataWarning", "Kind", "Severity"]

Severity = Literal["serious", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note")
"""The worst first. `serious`: a model made from this is wrong or useless; `warning`: look at it; `note`: good to know."""

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
    """One thing to look at: what was seen, in numbers, and what to do about it."""

    kind: Kind
    severity: Severity
    message: str
    advice: str
    numbers: dict[str, float]
    feature: str | None = None
    """None: it is about the dataset as a whole."""
    split: SplitName | None = None
    """Set where it is about one split beside the training split."""
