"""A training request's optimizer, schedule and early stopping. No TensorFlow here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from contracts.base_model import FrozenModel

_Decay = Annotated[float, Field(ge=0, lt=1)]
_NotNegative = Annotated[float, Field(ge=0)]
_Positive = Annotated[float, Field(gt=0)]


def _example(**spec: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [spec]})


class Adam(FrozenModel):
    """Kingma and Ba, Adam, 2015. In tables with many ids only the vectors that a batch looks up move (known as lazy Adam)."""

    model_config = _example(kind="adam")

    kind: Literal["adam"]
    beta_1: Annotated[_Decay, Field(description="Decay of the gradients' average.")] = 0.9
    beta_2: Annotated[_Decay, Field(description="Decay of their squares' average.")] = 0.999
    epsilon: _Positive = 1e-7


class Adagrad(FrozenModel):
    """Duchi et al., Adaptive Subgradient Methods, 2011: rare ids take longer steps."""

    model_config = _example(kind="adagrad")

    kind: Literal["adagrad"]
    initial_accumulator: _NotNegative = 0.1
    epsilon: _Positive = 1e-7


class Sgd(FrozenModel):
    """Stochastic gradient descent."""

    model_config = _example(kind="sgd", momentum=0.9)

    kind: Literal["sgd"]
    momentum: _Decay = 0.0
    nesterov: bool = False


class Ftrl(FrozenModel):
    """McMahan et al., Ad Click Prediction, 2013: follow the regularized leader; `l1` makes weights exactly 0."""

    model_config = _example(kind="ftrl", l1=0.5)

    kind: Literal["ftrl"]
    l1: Annotated[_NotNegative, Field(description="Weights that matter less than this are 0.")] = 0.0
    l2: _NotNegative = 0.0
    beta: Annotated[_NotNegative, Field(description="Added to the root of the sum of squared gradients.")] = 0.0
    initial_accumulator: _Positive = 0.1


def _of_kind(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


OptimizerSpec = Annotated[
    Adam | Adagrad | Sgd | Ftrl, Field(discriminator="kind"), BeforeValidator(_of_kind, json_schema_input_type=Any)
]
"""A kind alone, as text, stands for its defaults."""


class _Warmed(FrozenModel):
    warmup_epochs: Annotated[
        float, Field(ge=0, le=1000, description="Epochs over which the rate rises linearly from 0.")
    ] = 0.0


class ConstantSchedule(_Warmed):
    """The learning rate as it is."""

    kind: Literal["constant"]


class Cosine(_Warmed):
    """From the learning rate down to `final` of it, over all epochs, like half a cosine wave (Loshchilov and Hutter, 2017)."""

    model_config = _example(kind="cosine", final=0.01, warmup_epochs=0.5)

    kind: Literal["cosine"]
    final: Annotated[float, Field(ge=0, le=1)] = 0.01


class Exponential(_Warmed):
    """Times `factor` in the course of every `epochs` epochs, a little with each step."""

    model_config = _example(kind="exponential", factor=0.5, epochs=2)

    kind: Literal["exponential"]
    factor: Annotated[float, Field(gt=0, le=1)] = 0.5
    epochs: Annotated[float, Field(gt=0, le=10_000)] = 1.0


class Step(_Warmed):
    """Times `factor` after every `epochs` epochs, at once."""

    model_config = _example(kind="step", factor=0.1, epochs=3)

    kind: Literal["step"]
    factor: Annotated[float, Field(gt=0, le=1)] = 0.5
    epochs: Annotated[float, Field(gt=0, le=10_000)] = 1.0


class Plateau(_Warmed):
    """The learning rate as it is, until early stopping's patience ends: then from the best epoch's weights on, at a lower rate.

    Early stopping stops the training when its patience ends once more after the last reduction. Without it, or without validation
    rows, the rate stays.
    """

    model_config = _example(kind="plateau", factor=0.2, reductions=2)

    kind: Literal["plateau"]
    factor: Annotated[float, Field(gt=0, lt=1, description="By which each reduction multiplies the rate.")] = 0.2
    reductions: Annotated[int, Field(ge=1, le=20)] = 1


ScheduleSpec = Annotated[
    ConstantSchedule | Cosine | Exponential | Step | Plateau,
    Field(discriminator="kind"),
    BeforeValidator(_of_kind, json_schema_input_type=Any),
]
"""A kind alone, as text, stands for its defaults."""


class EarlyStopping(FrozenModel):
    """Stop when the loss of the validation split has not become less for `patience` epochs, and keep the best epoch's weights.

    Without validation rows nothing is stopped, and the last epoch's weights are kept.
    """

    model_config = _example(patience=3)

    patience: Annotated[
        int | None,
        Field(
            ge=1,
            le=10_000,
            description="Default: a fifth of the epochs, but at least 3; 6 with a `plateau`, 3 or 2 where epochs are long.",
        ),
    ] = None
    min_delta: Annotated[_NotNegative, Field(description="What counts as less: by more than this.")] = 0.0
