"""What the modeling service is sent and what it replies. Predict has its own protocol: see `protocols`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from contracts.base_model import Frozen, Name, Timeout
from modeling.messages.feature_overrides import NumericOverride
from modeling.metrics.gate import Gate, Require
from modeling.metrics.results import Evaluation, EvaluationDetail
from modeling.networks.specs import Dnn, NetworkSpec
from modeling.optimization.class_weights import ClassWeights
from modeling.optimization.specs import Cosine, EarlyStopping, OptimizerSpec, ScheduleSpec

_EXAMPLE: dict[str, Any] = {
    "model": "flights",
    "dataset": "flights",
    "network": {"kind": "dnn", "hidden": [256, 128], "dropout": 0.1},
    "epochs": 5,
    "batch_size": 4096,
    "optimizer": {"kind": "adam"},
    "learning_rate": 0.001,
    "schedule": {"kind": "cosine", "warmup_epochs": 0.5},
    "early_stopping": {"patience": 2},
    "seed": 7,
    "slices": ["carrier", "origin"],
    "require": {"auc": {"min": 0.7}, "better_than": "champion"},
    "label": "champion",
}


class ImportanceSpec(Frozen):
    """How permutation importance is found: a row of the test split is predicted once per feature and repeat."""

    rows: Annotated[
        int,
        Field(
            ge=0, le=1_000_000, description="Test rows that are shuffled, at most, drawn at random. 0: leave it out."
        ),
    ] = 5000
    repeats: Annotated[int, Field(ge=1, le=100, description="How often each feature is shuffled.")] = 3


class TrainingRequest(Frozen):
    """Train a model from a published dataset, and publish it as the model's next version."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    model: Name
    dataset: Name
    features: Annotated[
        dict[str, NumericOverride],
        Field(
            description="Numeric features to fill in, clip, scale or bucketize otherwise than the dataset says, from the same "
            "statistics. Not for a dataset with records `transformed`, which hold final numbers.",
            examples=[{"distance": {"impute": "median", "scale": "log1p"}}],
        ),
    ] = {}
    network: NetworkSpec = Dnn(kind="dnn")
    epochs: Annotated[
        int | None,
        Field(
            ge=1,
            le=10_000,
            description="Passes over the training split, at most. Default: as many as make 2,000 steps, from 10 to 100.",
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        Field(
            ge=1,
            le=1_000_000,
            description="Rows per step. Default: a 256th of the training rows, as a power of two from 32 to 4096.",
        ),
    ] = None
    optimizer: Annotated[
        OptimizerSpec | None,
        Field(
            description='A kind alone (`"adagrad"`), or an object with more. Default: ftrl for a linear network, else adam.',
            examples=["adagrad", {"kind": "ftrl", "l1": 0.5}],
        ),
    ] = None
    learning_rate: Annotated[
        float | None,
        Field(
            gt=0,
            le=100,
            description="How far a step goes. Default: 0.003 for adam, 0.05 for adagrad, 0.1 for sgd and ftrl.",
        ),
    ] = None
    schedule: Annotated[
        ScheduleSpec,
        Field(
            description="How the learning rate goes on from there, in epochs. A kind alone, or an object with more.",
            examples=["constant", {"kind": "step", "factor": 0.1, "epochs": 3}],
        ),
    ] = Cosine(kind="cosine", warmup_epochs=0.5)
    early_stopping: Annotated[
        EarlyStopping | None,
        Field(description="Null: all epochs are run, and the last one's weights are kept."),
    ] = EarlyStopping()
    seed: Annotated[int, Field(ge=0, lt=2**31, description="Of the initial weights and of the rows' order.")] = 0
    class_weights: ClassWeights | None = None
    slices: Annotated[
        list[str] | None,
        Field(
            max_length=20,
            description="Categorical features by whose values the evaluation is divided. Default: up to three with "
            "a small vocabulary. An empty list: none.",
        ),
    ] = None
    importance: ImportanceSpec = ImportanceSpec()
    require: Annotated[
        Require | None, Field(description="What the model must reach on the test split to be served by default.")
    ] = None
    label: Annotated[
        Name | None, Field(description="A label that the version is given, unless it misses what is required.")
    ] = None
    timeout: Timeout = None


class Training(TrainingRequest):
    """A request with nothing left open: what a training does, and what its version says that it did."""

    # Frozen, so that narrower fields are safe.
    epochs: int  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    batch_size: int  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    optimizer: OptimizerSpec  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    learning_rate: float  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]


class EpochRecord(Frozen):
    """What one epoch came to. The validation figures are null where that split is empty."""

    epoch: int
    loss: float | None = None
    auc: Annotated[float | None, Field(description="Of a binary label.")] = None
    accuracy: Annotated[float | None, Field(description="Of a label of several classes.")] = None
    rmse: Annotated[float | None, Field(description="Of a regression, in the label's unit.")] = None
    mae: float | None = None
    val_loss: float | None = None
    val_auc: float | None = None
    val_accuracy: float | None = None
    val_rmse: float | None = None
    val_mae: float | None = None


class TrainingResult(Frozen):
    """What training a version came to."""

    model: str
    version: int
    evaluation: Evaluation
    gate: Annotated[Gate | None, Field(description="What became of `require`; null where nothing was required.")]
    history: list[EpochRecord]
    kept_epoch: Annotated[
        int | None,
        Field(description="The epoch whose weights were kept. Null in versions from before this was recorded."),
    ] = None
    tensorboard: Annotated[
        str | None,
        Field(description="The folder on the service's machine with learning curves for `tensorboard --logdir`."),
    ] = None
    seconds: Annotated[dict[str, float], Field(description="Wall time by phase.")]
    examples_per_second: Annotated[float, Field(description="Training rows per second of fitting.")]


class TrainingResponse(TrainingResult):
    """The response of a training job."""

    label: Annotated[
        str | None,
        Field(
            description="The label that the version was given; null where none was asked for, the gate was missed, or the "
            "version that it was to be better than was replaced by another meanwhile."
        ),
    ]


class ModelSummary(Frozen):
    """One model. Evaluation and dataset are those of the default version, or of the newest where none is served by default."""

    name: str
    versions: list[int]
    newest: int
    default: Annotated[
        int | None,
        Field(
            description="The version that predict asks: the newest that missed no gate, or has a label all the same."
        ),
    ]
    labels: dict[str, int]
    dataset: str
    created: datetime
    evaluation: Evaluation


class ModelList(Frozen):
    """Every model that has a published version, by name."""

    models: list[ModelSummary]


class VersionSummary(Frozen):
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


class VersionList(Frozen):
    """The versions of a model, newest first, without those whose manifest is damaged: see the model's status."""

    versions: list[VersionSummary]


class VersionEvaluation(Frozen):
    """All that is known of how good a version is."""

    model: str
    version: int
    evaluation: Evaluation
    gate: Gate | None
    detail: EvaluationDetail


class LabelRequest(Frozen):
    """Which version a label is to be moved to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3}]})

    version: Annotated[int, Field(ge=1)]
    despite_gate: Annotated[bool, Field(description="Also to a version that missed what was required of it.")] = False


class LabelList(Frozen):
    """All labels of a model. Its `ETag` is that of each label, too: it changes with any of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "flights", "labels": {"champion": 3, "canary": 4}}]}
    )

    model: str
    labels: Annotated[dict[str, int], Field(description="The version of each label.")]


class VersionStatusDetail(Frozen):
    """TensorFlow Serving's `StatusProto`."""

    error_code: str
    error_message: str


class VersionStatus(Frozen):
    """TensorFlow Serving's `ModelVersionStatus`. START: published, and loaded when it is first asked for."""

    version: Annotated[str, Field(description="A whole number, as text.")]
    state: Literal["START", "LOADING", "AVAILABLE", "UNLOADING", "END"]
    status: VersionStatusDetail


class ModelStatus(Frozen):
    """TensorFlow Serving's `GetModelStatusResponse`, newest version first."""

    model_version_status: list[VersionStatus]


class LabelStatus(ModelStatus):
    """A label, and TensorFlow Serving's status of the version that has it."""

    label: str
    version: int


class ModelSpec(Frozen):
    """TensorFlow Serving's `ModelSpec`."""

    name: str
    signature_name: str
    version: str


class ModelMetadata(Frozen):
    """TensorFlow Serving's `GetModelMetadataResponse`, and under `tandem` what this service knows of the version."""

    model_spec: ModelSpec
    metadata: Annotated[dict[str, Any], Field(description="`signature_def`: the inputs and outputs of each signature.")]
    tandem: Annotated[
        dict[str, Any], Field(description="The version's manifest: schema, dataset, request, metrics, files.")
    ]
