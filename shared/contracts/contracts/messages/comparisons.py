"""Comparison of two datasets, or of two splits of one: drift of each column, new and vanished categories, schema changes.

The dataset in the request's path is *here*; the one that it is compared with, usually the older one, is *there*.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from contracts.base_model import FrozenModel, Name
from contracts.schema import SplitName
from contracts.statistics import TokenCount

Share = Annotated[float, Field(ge=0, le=1)]
Measure = Literal["l_infinity", "jensen_shannon", "missing_share"]


class FeatureThresholds(FrozenModel):
    """Limits of a column's drift; null means no limit."""

    l_infinity: Annotated[
        Share | None, Field(description="Limit of the largest difference of a category's or a bin's share.")
    ] = None
    jensen_shannon: Annotated[Share | None, Field(description="Limit of the Jensen-Shannon divergence, in bits.")] = (
        None
    )
    missing_share: Annotated[
        Share | None, Field(description="Limit of the difference of the missing values' shares.")
    ] = None


class Thresholds(FeatureThresholds):
    """Limits for all columns, with overrides for single columns."""

    l_infinity: Annotated[Share | None, Field(description="Limit for every column without an override.")] = 0.1
    jensen_shannon: Share | None = 0.1
    missing_share: Share | None = 0.1
    features: Annotated[
        dict[str, FeatureThresholds],
        Field(
            description="Overrides by column; each replaces all three limits.",
            examples=[{"carrier": {"l_infinity": 0.01}}],
        ),
    ] = {}


class CompareRequest(FrozenModel):
    """The dataset to compare with, and the limits of drift."""

    model_config = {
        "json_schema_extra": {"examples": [{"with": "flights-2012", "thresholds": {"jensen_shannon": 0.05}}]}
    }

    with_: Annotated[
        Name,
        Field(
            validation_alias=AliasChoices("with", "with_"),
            serialization_alias="with",
            description="Another dataset, or this one.",
        ),
    ]
    split: SplitName = "train"
    other_split: Annotated[SplitName, Field(description="Split of the dataset that it is compared with.")] = "train"
    thresholds: Thresholds = Thresholds()


class Categories(FrozenModel):
    """Tokens that occur in only one of the two."""

    count: int
    share: Annotated[float | None, Field(description="Their share of the values that are present.")]
    top: Annotated[list[TokenCount], Field(description="The most frequent of them.")]


class FeatureDrift(FrozenModel):
    """Drift of one column. A measure is null if one of the two has no value."""

    feature: str
    kind: Literal["numeric", "categorical", "label"]
    l_infinity: Annotated[
        float | None, Field(description="Largest difference of shares: of a category, or of a bin of numbers.")
    ]
    l_infinity_at: Annotated[
        str | None, Field(description="The category, or the bounds of the bin, with the largest difference.")
    ]
    jensen_shannon: Annotated[float | None, Field(description="Divergence of the shares in bits, from 0 to 1.")]
    kolmogorov_smirnov: Annotated[
        float | None, Field(description="Numbers only: the largest difference of the shares below any value.")
    ] = None
    missing_share: Annotated[list[float | None], Field(description="Here, and there.")]
    new: Annotated[Categories | None, Field(description="Categories that are here and not there.")] = None
    vanished: Annotated[Categories | None, Field(description="Categories that were there and are not here.")] = None
    complete: Annotated[
        bool,
        Field(
            description="True if every category was compared individually. If false, the rarer ones, which were not stored, are "
            "compared as one, and a category counts as new if it is not among the stored ones."
        ),
    ] = True
    exceeded: Annotated[list[Measure], Field(description="The thresholds that are exceeded.")]


class SchemaDifference(FrozenModel):
    """A feature whose rules differ; null on the side where it does not exist."""

    feature: str
    here: dict[str, Any] | None
    there: dict[str, Any] | None


class Comparison(FrozenModel):
    """Result of a comparison."""

    dataset: Name
    split: SplitName
    other: Name
    other_split: SplitName
    rows: Annotated[list[int], Field(description="Here, and there.")]
    drifted: Annotated[list[str], Field(description="Columns that exceed a threshold.")]
    features: Annotated[
        list[FeatureDrift], Field(description="Columns that are in both with the same kind, and the label.")
    ]
    schema_differences: list[SchemaDifference]
