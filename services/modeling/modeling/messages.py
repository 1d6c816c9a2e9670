"""What the modeling service is sent and what it replies. Predict has its own protocol: see `protocols`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from contracts.frozen import Frozen, Name
from modeling.overrides import NumericOverride


class Linear(Frozen):
    """Logistic regression: one weight per number and per category id, and a bias."""

    kind: Literal["linear"]


class Dnn(Frozen):
    """Embeddings of the categories beside the numbers, then fully connected layers."""

    kind: Literal["dnn"]
    hidden: Annotated[
        list[Annotated[int, Field(ge=1, le=65_536)]],
        Field(min_length=1, max_length=32, description="Units of each hidden layer."),
    ] = [256, 128]
    dropout: Annotated[
        float, Field(ge=0, lt=1, description="Share of hidden units left out at each training step.")
    ] = 0.0


NetworkSpec = Annotated[Linear | Dnn, Field(discriminator="kind")]

_EXAMPLE: dict[str, Any] = {
    "model": "flights",
    "dataset": "flights",
    "network": {"kind": "dnn", "hidden": [256, 128], "dropout": 0.1},
    "epochs": 5,
    "batch_size": 4096,
    "learning_rate": 0.001,
    "seed": 7,
}


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
    epochs: Annotated[int, Field(ge=1, le=10_000, description="Passes over the training split.")] = 5
    batch_size: Annotated[int, Field(ge=1, le=1_000_000, description="Rows per step.")] = 4096
    learning_rate: Annotated[float, Field(gt=0, le=100, description="Of the Adam optimizer.")] = 0.001
    seed: Annotated[int, Field(ge=0, lt=2**31, description="Of the initial weights and of the rows' order.")] = 0


class Metrics(Frozen):
    """How well predictions fit the labels of one split. Null where it cannot be said: see the note beside it."""

    rows: int
    auc: Annotated[float | None, Field(description="Area under the ROC curve. 0.5 is chance.")]
    log_loss: Annotated[float | None, Field(description="Mean negative log-likelihood, in nats.")]
    accuracy: Annotated[float | None, Field(description="Share of rows on the right side of 0.5.")]


class Evaluation(Frozen):
    """The model on the test split, beside the baseline that always predicts the mean label of the training split."""

    test: Metrics
    baseline: Metrics
    baseline_prediction: Annotated[float, Field(description="The mean label of the training split.")]
    note: Annotated[str | None, Field(description="Why a metric is null.")]


class EpochRecord(Frozen):
    """What one epoch came to. The validation figures are null where that split is empty."""

    epoch: int
    loss: float | None
    auc: float | None
    val_loss: float | None
    val_auc: float | None


class TrainingResult(Frozen):
    """The response of a training job."""

    model: str
    version: int
    evaluation: Evaluation
    history: list[EpochRecord]
    seconds: Annotated[dict[str, float], Field(description="Wall time by phase.")]
    examples_per_second: Annotated[float, Field(description="Training rows per second of fitting.")]


class ModelSummary(Frozen):
    """One model, by its newest version."""

    name: str
    versions: list[int]
    newest: int
    dataset: str
    created: datetime
    evaluation: Evaluation


class ModelList(Frozen):
    """Every model that has a published version, by name."""

    models: list[ModelSummary]


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
