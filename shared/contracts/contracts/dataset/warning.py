"""A warning about a dataset, as its manifest keeps it and a training from it repeats it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base_model import FrozenModel, Growing
from contracts.schema import SplitName

Severity = Literal["serious", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note")
"""The worst first."""

WarningKind = Literal[
    "all missing",
    "mostly missing",
    "constant",
    "nearly constant",
    "unique",
    "row number",
    "equal as float32",
    "infinite",
    "invalid UTF-8",
    "respelled",
    "heavy tail",
    "leakage",
    "leakage not checked",
    "rejected rows",
    "unknown classes",
    "split size",
    "label skew",
    "missing skew",
    "drift between splits",
    "constant in split",
    "outside training",
]


class DatasetWarning(FrozenModel):
    """One finding about a dataset: the observation, its numbers, and advice."""

    kind: Annotated[WarningKind, Growing]
    severity: Annotated[
        Severity,
        Field(
            description="`serious`: a model trained on this is wrong or useless; `warning`: check it; `note`: good to know."
        ),
    ]
    message: str
    advice: str
    numbers: Annotated[dict[str, float], Field(description="What the observation is made of, by name.")] = {}
    feature: Annotated[str | None, Field(description="Null for a warning about the whole dataset.")] = None
    split: Annotated[SplitName | None, Field(description="The split that is compared with the training split.")] = None

    @property
    def concerns_models(self) -> bool:
        """Return whether a training from the dataset repeats it: it is serious, or a leak of the label."""
        return self.severity == "serious" or self.kind == "leakage"
