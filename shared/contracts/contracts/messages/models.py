"""Replies of the modeling service about models and versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from contracts.base_model import FrozenModel
from contracts.messages.evaluation import Evaluation, EvaluationDetail
from contracts.messages.gates import Gate


class ModelSummary(FrozenModel):
    """One model. Evaluation and dataset are those of the default version, or of the newest where none is served by default."""

    name: str
    versions: list[int]
    newest: int
    default: Annotated[
        int | None,
        Field(
            description="The version that predict asks: the newest that missed no gate, or has a label all the same; "
            "never one whose metrics could not be computed."
        ),
    ]
    labels: dict[str, int]
    dataset: str
    created: datetime
    evaluation: Evaluation


class ModelList(FrozenModel):
    """Every model that has a published version, by name."""

    models: list[ModelSummary]


class VersionSummary(FrozenModel):
    """One version of a model."""

    version: int
    state: Annotated[
        Literal["START", "LOADING", "AVAILABLE", "UNLOADING", "END"],
        Field(
            description="As in TensorFlow Serving. START: published, and loaded when it is first asked for. END: broken."
        ),
    ]
    reason: Annotated[str, Field(description="Why it cannot be loaded; empty where it can.")]
    default: Annotated[bool, Field(description="Whether predict asks this version where none is named.")]
    labels: list[str]
    created: datetime
    dataset: str
    network: str
    gate: Gate | None
    evaluation: Evaluation


class VersionList(FrozenModel):
    """The versions of a model, newest first, without those whose manifest is damaged: see the model's status."""

    versions: list[VersionSummary]


class VersionEvaluation(FrozenModel):
    """All that is known of how good a version is."""

    model: str
    version: int
    evaluation: Evaluation
    gate: Gate | None
    detail: EvaluationDetail


class VersionStatusDetail(FrozenModel):
    """TensorFlow Serving's `StatusProto`."""

    error_code: str
    error_message: str


class VersionStatus(FrozenModel):
    """TensorFlow Serving's `ModelVersionStatus`. START: published, and loaded when it is first asked for."""

    version: Annotated[str, Field(description="A whole number, as text.")]
    state: Literal["START", "LOADING", "AVAILABLE", "UNLOADING", "END"]
    status: VersionStatusDetail


class ModelStatus(FrozenModel):
    """TensorFlow Serving's `GetModelStatusResponse`, newest version first."""

    model_version_status: list[VersionStatus]


class ModelState(ModelStatus):
    """A model's status, with what KServe's first protocol has at the same path."""

    name: str
    ready: Annotated[bool, Field(description="Whether predict answers, where no version is named.")]


class ModelSpec(FrozenModel):
    """TensorFlow Serving's `ModelSpec`."""

    name: str
    signature_name: str
    version: str


class ModelMetadata(FrozenModel):
    """TensorFlow Serving's `GetModelMetadataResponse`, and under `tandem` what this service knows of the version."""

    model_spec: ModelSpec
    metadata: Annotated[dict[str, Any], Field(description="`signature_def`: the inputs and outputs of each signature.")]
    tandem: Annotated[
        dict[str, Any], Field(description="The version's manifest: schema, dataset, request, metrics, files.")
    ]


class RemovedVersion(FrozenModel):
    """A version that is removed, or would be."""

    version: int
    bytes: Annotated[int, Field(description="Size of its files.")]
    labels: Annotated[list[str], Field(description="Labels that it has, which go with it.")]
    default: Annotated[bool, Field(description="Whether predict asks it where no version is named.")]
    dataset: Annotated[str | None, Field(description="What it was trained on; null where its manifest is damaged.")]


class Removal(FrozenModel):
    """The versions that a removal takes away."""

    model: str
    versions: list[RemovedVersion]
    bytes: Annotated[int, Field(description="Size of all files.")]
    dry_run: Annotated[bool, Field(description="Whether nothing was removed.")] = False
