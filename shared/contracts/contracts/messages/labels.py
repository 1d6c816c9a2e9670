"""Labels of a model: names of versions, moved in one step."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from contracts.base_model import FrozenModel
from contracts.messages.models import ModelStatus


class LabelRequest(FrozenModel):
    """Request to move a label to a version."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3}]})

    version: Annotated[int, Field(ge=1)]
    despite_gate: Annotated[
        bool, Field(description="Also move the label to a version that failed its quality gate.")
    ] = False


class LabelList(FrozenModel):
    """All labels of a model. Its `ETag` is that of each label, too: it changes with any of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "flights", "labels": {"champion": 3, "canary": 4}}]}
    )

    model: str
    labels: Annotated[dict[str, int], Field(description="The version of each label.")]


class LabelStatus(ModelStatus):
    """A label, and TensorFlow Serving's status of the version that has it."""

    label: str
    version: int
