"""A training request's network. No TensorFlow here, so that a request can be validated without it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from contracts.base_model import FrozenModel

Units = Annotated[int, Field(ge=1, le=65_536)]
Width = Annotated[int, Field(ge=1, le=4096)]
Hidden = Annotated[
    list[Units], Field(min_length=1, max_length=32, description="Units of each hidden layer, first to last.")
]

Share = Annotated[float, Field(ge=0, lt=1)]

Penalty = Annotated[float, Field(ge=0, le=1000)]


def _example(**spec: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [spec]})


class Linear(FrozenModel):
    """Logistic regression, as is classic in click prediction: one weight per number and per category id, and a bias."""

    model_config = _example(kind="linear", l2=1e-5)

    kind: Literal["linear"]
    l2: Annotated[
        Penalty,
        Field(
            description="Adds this times the sum of the squares of the numbers' weights to the loss, and of those of the ids "
            "in a row, on average over the batch."
        ),
    ] = 0.0


class Embedded(FrozenModel):
    """Fields of networks in which each category id has a vector of its own."""

    embedding_width: Annotated[
        Width | None,
        Field(
            description="Length of the vectors of all features. Default: for n ids the power of two next to 1.6·n^0.56, "
            "at most 16, for each feature by itself."
        ),
    ] = None
    embedding_widths: Annotated[
        dict[str, Width],
        Field(
            description="The same for single features (categorical, hashed, bucketized) or crosses, by name.",
            examples=[{"carrier": 8}],
        ),
    ] = {}
    embedding_l2: Annotated[
        Penalty,
        Field(
            description="Adds this times the sum of the squares of a row's vectors to the loss, on average over the batch: "
            "vectors of frequent ids are held down more often."
        ),
    ] = 0.0


class Layered(Embedded):
    """Fields of networks with fully connected layers."""

    dropout: Annotated[Share, Field(description="Share of hidden units left out at each training step.")] = 0.0
    l2: Annotated[
        Penalty,
        Field(description="Adds this times the sum of the squares of the layers' weights (not biases) to the loss."),
    ] = 0.0
    batch_norm: Annotated[
        bool,
        Field(
            description="Normalize each hidden layer by the batch's mean and deviation; at predict, by their averages."
        ),
    ] = False


class Deep(Layered):
    """Fields of deep networks that can be several at once."""

    hidden: Hidden = [256, 128]
    ensemble: Annotated[
        int,
        Field(
            ge=1,
            le=64,
            description="As many networks that share nothing, trained on the same batches, each by its own loss, and averaged "
            "for a prediction. The loss of a step is the mean of theirs, and it takes as many times the work.",
        ),
    ] = 1


class Dnn(Deep):
    """Embeddings of the categories concatenated with the numbers, then fully connected layers."""

    model_config = _example(kind="dnn", hidden=[256, 128], dropout=0.1)

    kind: Literal["dnn"]


class WideDeep(Deep):
    """A linear network and a dnn, trained as one: the first remembers single ids and crosses, the second generalizes.

    After Cheng et al., Wide & Deep Learning for Recommender Systems, 2016. Crosses belong to the dataset (`crosses`).
    """

    model_config = _example(kind="wide_deep", hidden=[128, 64])

    kind: Literal["wide_deep"]


class DcnV2(Deep):
    """A deep & cross network: layers that multiply inputs with one another, and a dnn.

    After Wang et al., DCN V2: Improved Deep & Cross Network, 2021: x' = x0 ⊙ (W x + b) + x.
    """

    model_config = _example(kind="dcn_v2", cross_layers=2, rank=32, hidden=[256, 128])

    kind: Literal["dcn_v2"]
    cross_layers: Annotated[
        int, Field(ge=1, le=16, description="With l of them, products of up to l + 1 inputs can be learned.")
    ] = 2
    rank: Annotated[
        Units | None,
        Field(description="W as a product of two matrices of that width, which is cheaper. Default: W is full."),
    ] = None
    structure: Annotated[
        Literal["stacked", "parallel"],
        Field(description="Hidden layers after the cross layers, or in parallel, both read by the last layer."),
    ] = "stacked"


class TabM(Layered):
    """Several networks in one: members that share most weights, each with a loss of its own, averaged for a prediction.

    After Gorishniy et al., TabM, 2025. Each number is there twice: scaled, and by a piecewise-linear encoding over bins of the
    training split's quantiles (Gorishniy et al., On Embeddings for Numerical Features, 2022).
    """

    model_config = _example(kind="tabm", members=8, bins=32)

    kind: Literal["tabm"]
    hidden: Annotated[
        Hidden | None,
        Field(
            description="Units of each hidden layer, first to last, which members share. Default: [128, 64], with one member "
            "[256, 128]."
        ),
    ] = None
    members: Annotated[
        int | None,
        Field(
            ge=1,
            le=256,
            description="A step takes as many times the work. Default: 8 up to 10,000 training rows, 4 up to 100,000, else 1.",
        ),
    ] = None
    bins: Annotated[
        int | None,
        Field(
            ge=0,
            le=100,
            description="Bins of each number, with about equally many training rows; frequent values have bins of their own. "
            "Default: 32, fewer with more than 128 numbers, so that all have about 4,096, but at least 4 each. 0: scaled "
            "numbers alone.",
        ),
    ] = None
    bin_width: Annotated[Width, Field(description="Length of the vector that a number's bins add up to.")] = 8
    embedding_shrinkage: Annotated[
        float | None,
        Field(
            ge=0,
            le=1e6,
            description="k: the vector of an id that n training rows have is multiplied by n / (n + k), and held down by "
            "a penalty of (k / n)² times its sum of squares, so that the labels of few rows are not learned by heart. "
            "Default: 50. 0: none.",
        ),
    ] = None


NetworkSpec = Annotated[Linear | Dnn | WideDeep | DcnV2 | TabM, Field(discriminator="kind")]
