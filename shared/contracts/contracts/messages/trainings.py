"""Request and result of a training; both are kept with the version."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from contracts.base_model import FrozenModel, Name, Timeout
from contracts.dataset.warning import DatasetWarning
from contracts.features import Bucketize, Constant, Impute, Scale
from contracts.messages.evaluation import Evaluation
from contracts.messages.folds.spec import FoldsSpec
from contracts.messages.gates import Gate, Require
from contracts.messages.networks import NetworkSpec, TabM
from contracts.messages.optimizers import Cosine, EarlyStopping, OptimizerSpec, ScheduleSpec
from contracts.messages.tuning.calibration import CalibrationChoice
from contracts.messages.tuning.thresholds import ThresholdSpec

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

ClassWeights = Annotated[
    Literal["balanced"] | Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)],
    Field(
        description="How much rows of a class count in the loss: by class (`0` and `1` of a binary label), 1 where left out; or "
        "`balanced`, the training rows divided by classes and rows of the class. Times a row's own weight, where it has one.",
        examples=["balanced", {"1": 5.0}],
    ),
]


class NumericOverride(FrozenModel):
    """Overrides for one numeric feature; omitted fields keep the dataset's rules."""

    bucketize: Annotated[
        Bucketize | None, Field(description="Null: the number itself. With buckets, impute and scale begin at `none`.")
    ] = None
    indicator: bool | None = None
    impute: Annotated[
        Impute | Constant | None, Field(description="`mean`, `median`, `none` or a constant.", examples=["median"])
    ] = None
    clip: Annotated[
        list[float] | None, Field(description="Two quantiles; null: not clipped.", examples=[[0.01, 0.99]])
    ] = None
    scale: Annotated[Scale | None, Field(examples=["log1p"])] = None

    @model_serializer(mode="wrap")
    def _given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Only what was given, since null means something else than nothing."""
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}


class ImportanceSpec(FrozenModel):
    """Permutation importance: a row of the test split is predicted once per feature and repeat."""

    rows: Annotated[
        int,
        Field(
            ge=0, le=1_000_000, description="Test rows that are shuffled, at most, drawn at random. 0: leave it out."
        ),
    ] = 5000
    repeats: Annotated[int, Field(ge=1, le=100, description="How often each feature is shuffled.")] = 3


Share = Annotated[float, Field(ge=0, le=1)]


class MaskingSpec(FrozenModel):
    """Feature masking: in some training rows, randomly chosen features are made missing or out of vocabulary.

    So the model learns to predict from the fields that are there, whichever they are. Each epoch masks other rows and features;
    the seed decides which. Validation, evaluation and replay are not masked.
    """

    share: Annotated[
        Share | None,
        Field(description="Share of the training rows that are masked. Default: 0.25 with tabm, else 0.1. 0: none."),
    ] = None
    rates: Annotated[
        list[Share],
        Field(
            min_length=2,
            max_length=2,
            description="Lowest and highest rate of a row, which is drawn evenly between them: the probability with which "
            "each of its features is masked.",
        ),
    ] = [0.0, 1.0]
    unseen: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="Share of the masked categorical features that become out of vocabulary instead of missing.",
        ),
    ] = 0.5
    weight: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            description="Weight w of a row whose rate is 1, next to 1 of whole rows; of a rate r it is w / (w + (1 - w)·r). "
            "Default: 0.2 for a regression, whose squared errors are largest where least is known of a row; else 1.",
        ),
    ] = None

    @field_validator("rates")
    @classmethod
    def _low_to_high(cls, rates: list[float]) -> list[float]:
        if rates[0] > rates[1]:
            raise ValueError(f"the first rate must not be above the second. Received: {rates}")
        return rates

    @property
    def masks_anything(self) -> bool:
        """Return false if no feature of any row is ever masked."""
        return self.share != 0 and self.rates[1] > 0


WARM_COSINE = Cosine(kind="cosine", warmup_epochs=0.5)


class TrainingRequest(FrozenModel):
    """Train a model from a published dataset, and publish it as the model's next version."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    model: Name
    dataset: Name
    features: Annotated[
        dict[str, NumericOverride],
        Field(
            description="Numeric features to fill in, clip, scale or bucketize by other rules than the dataset's, from the same "
            "statistics. Not for a dataset with records `transformed`, which hold final numbers.",
            examples=[{"distance": {"impute": "median", "scale": "log1p"}}],
        ),
    ] = {}
    network: NetworkSpec = TabM(kind="tabm")
    epochs: Annotated[
        int | None,
        Field(
            ge=1,
            le=10_000,
            description="Maximum number of epochs. Default: as many as make 2,000 steps, from 10 to 100; with a `plateau` "
            "20,000 steps, from 10 to 200.",
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        Field(
            ge=1,
            le=1_000_000,
            description="Rows per step. Default: a 256th of the training rows, as a power of two from 32 to 4096; for several "
            "members of a network `tabm` a 64th, from 64 to 1024.",
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
            description="How far a step goes. Default: 0.003 for adam (0.002 for a network `tabm`), 0.05 for adagrad, 0.1 for "
            "sgd and ftrl.",
        ),
    ] = None
    schedule: Annotated[
        ScheduleSpec | None,
        Field(
            description="Schedule of the learning rate, in epochs. A kind alone, or an object with its options. Default: "
            "`plateau` for a network `tabm` with early stopping, else `cosine` with half an epoch of warm-up.",
            examples=["constant", {"kind": "step", "factor": 0.1, "epochs": 3}],
        ),
    ] = None
    early_stopping: Annotated[
        EarlyStopping | None,
        Field(description="Null: all epochs are run, and the last one's weights are kept."),
    ] = EarlyStopping()
    time_limit: Annotated[
        float | None,
        Field(
            gt=0,
            le=31_536_000,
            description="Seconds of fitting. The epoch in which they pass is the last; with early stopping the best epoch's "
            "weights are kept, as ever. Null: as long as epochs and early stopping allow.",
            examples=[600],
        ),
    ] = None
    seed: Annotated[int, Field(ge=0, lt=2**31, description="Of the initial weights and of the rows' order.")] = 0
    class_weights: ClassWeights | None = None
    masking: Annotated[
        MaskingSpec | None,
        Field(
            description="Feature masking in training, so that rows with missing or unseen values are predicted from the others. "
            "Null: no row is masked.",
            examples=[{"share": 0.25}],
        ),
    ] = MaskingSpec()
    calibration: CalibrationChoice = "auto"
    threshold: Annotated[
        ThresholdSpec | None,
        Field(
            description="The probability from which on a row is of class 1, for a binary label: `f1`, a kind with its options, "
            "or a number. All but a number are chosen on the validation split. Predictions then have a `class` where a request "
            "asks for it.",
            examples=[
                "f1",
                {"kind": "cost", "false_positive": 1, "false_negative": 5},
                {"kind": "precision", "at_least": 0.9},
                0.3,
            ],
        ),
    ] = None
    quantiles: Annotated[
        list[Annotated[float, Field(gt=0, lt=1)]] | None,
        Field(
            min_length=2,
            max_length=20,
            description="Quantiles that a regression predicts, ascending: the output `quantiles` has one number for each, which "
            "never cross, and `predictions` is the median, else the one nearest to it (of two the lower). Null: the mean alone.",
            examples=[[0.1, 0.5, 0.9]],
        ),
    ] = None
    slices: Annotated[
        list[str] | None,
        Field(
            max_length=20,
            description="Categorical features by whose values the evaluation is divided. Default: up to three with "
            "a small vocabulary. An empty list: none.",
        ),
    ] = None
    importance: ImportanceSpec = ImportanceSpec()
    folds: FoldsSpec = None
    require: Annotated[
        Require | None,
        Field(
            description="The quality gate: conditions on the test split for a version to become the default version."
        ),
    ] = None
    label: Annotated[
        Name | None, Field(description="A label to assign to the version, unless it fails its quality gate.")
    ] = None
    timeout: Timeout = None

    @field_validator("quantiles")
    @classmethod
    def _ascending(cls, quantiles: list[float] | None) -> list[float] | None:
        if quantiles is not None and any(low >= high for low, high in pairwise(quantiles)):
            raise ValueError(f"quantiles must ascend. Received: {quantiles}")
        return quantiles


class Training(TrainingRequest):
    """A request with all defaults filled in, as a version's manifest records it."""

    # Frozen, so that narrower fields are safe.
    epochs: int  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    batch_size: int  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    optimizer: OptimizerSpec  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    learning_rate: float  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    schedule: ScheduleSpec = WARM_COSINE  # pyright: ignore[reportIncompatibleVariableOverride]
    masking: Annotated[
        MaskingSpec | None,
        Field(description="Feature masking. Null: none, also in versions from before this was recorded."),
    ] = None
    calibration: CalibrationChoice = "none"
    """None in versions from before this was recorded."""


class EpochRecord(FrozenModel):
    """Losses and metrics of one epoch. The validation figures are null where that split is empty."""

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


class TrainingResult(FrozenModel):
    """Result of training a version."""

    model: str
    version: int
    evaluation: Evaluation
    gate: Annotated[Gate | None, Field(description="What became of `require`; null where nothing was required.")]
    history: list[EpochRecord]
    kept_epoch: Annotated[
        int | None,
        Field(description="The epoch whose weights were kept. Null in versions from before this was recorded."),
    ] = None
    notes: Annotated[
        list[str],
        Field(description="Hints from the course of the training. Empty in versions from before this was recorded."),
    ] = []
    tensorboard: Annotated[
        str | None,
        Field(description="The folder on the service's machine with learning curves for `tensorboard --logdir`."),
    ] = None
    dataset_warnings: Annotated[
        list[DatasetWarning],
        Field(
            description="The dataset's serious warnings, and those of leaks of its label: where there are any, the metrics "
            "may be better than predictions will be. Empty in versions from before this was recorded."
        ),
    ] = []
    ignored_features: Annotated[
        list[str],
        Field(
            description="Numeric features that were the same in every training row, or missing in all: the model ignores their "
            "numbers. Empty in versions from before this was recorded, which do not ignore them."
        ),
    ] = []
    seconds: Annotated[dict[str, float], Field(description="Wall time by phase.")]
    examples_per_second: Annotated[float, Field(description="Training rows per second of fitting.")]


class TrainingResponse(TrainingResult):
    """The response of a training job."""

    label: Annotated[
        str | None,
        Field(
            description="The label assigned to the version; null if none was requested, the gate failed, or the incumbent "
            "was replaced during the training."
        ),
    ]
