"""How two datasets, or two splits of one, differ: drift of each column, new and vanished categories, other rules.

The dataset that is asked about is *here*; the one that it is compared with, usually the older one, is *there*.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from contracts.base_model import Frozen, Name
from contracts.schema import SplitName
from contracts.statistics import TokenCount

Share = Annotated[float, Field(ge=0, le=1)]
Measure = Literal["l_infinity", "jensen_shannon", "missing_share"]


class FeatureThresholds(Frozen):
    """How far a column may drift; without a number, as far as it likes."""

    l_infinity: Annotated[
        Share | None, Field(description="Of the largest difference of a category's or a bin's share.")
    ] = None
    jensen_shannon: Annotated[Share | None, Field(description="Of the Jensen-Shannon divergence, in bits.")] = None
    missing_share: Annotated[Share | None, Field(description="Of the difference of the missing values' shares.")] = None


class Thresholds(FeatureThresholds):
    """For all columns, and for some of them others."""

    l_infinity: Annotated[Share | None, Field(description="For every column that has none of its own.")] = 0.1
    jensen_shannon: Share | None = 0.1
    missing_share: Share | None = 0.1
    features: Annotated[
        dict[str, FeatureThresholds],
        Field(
            description="By column: in place of those above, all three.", examples=[{"carrier": {"l_infinity": 0.01}}]
        ),
    ] = {}


class CompareRequest(Frozen):
    """What a dataset is compared with, and what is too much."""

    model_config = {
        "json_schema_extra": {"examples": [{"with": "flights-2012", "thresholds": {"jensen_shannon": 0.05}}]}
    }

    with_: Annotated[
        Name,
        Field(
            validation_alias=AliasChoices("with", "with_"),
            serialization_alias="with",
            description="Another dataset, or the same.",
        ),
    ]
    split: SplitName = "train"
    other_split: Annotated[SplitName, Field(description="Of the dataset that it is compared with.")] = "train"
    thresholds: Thresholds = Thresholds()


class Categories(Frozen):
    """Tokens that only one of the two has."""

    count: int
    share: Annotated[float | None, Field(description="Of the values that are there.")]
    top: Annotated[list[TokenCount], Field(description="The most frequent of them.")]


class FeatureDrift(Frozen):
    """How far one column has drifted. A measure is null where one of the two has no value."""

    feature: str
    kind: Literal["numeric", "categorical", "label"]
    l_infinity: Annotated[
        float | None, Field(description="Largest difference of shares: of a category, or of a bin of numbers.")
    ]
    l_infinity_at: Annotated[str | None, Field(description="Where: the category, or the bin's bounds.")]
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
            description="Whether every category was compared by itself. Otherwise the rarer ones, which were not kept, are "
            "compared all together, and a category is new where it is not among those that were kept."
        ),
    ] = True
    exceeded: Annotated[list[Measure], Field(description="The thresholds that it is past.")]


class SchemaDifference(Frozen):
    """A feature that is not the same in both: null where it is none."""

    feature: str
    here: dict[str, Any] | None
    there: dict[str, Any] | None


class Comparison(Frozen):
    """Everything that differs."""

    dataset: Name
    split: SplitName
    other: Name
    other_split: SplitName
    rows: Annotated[list[int], Field(description="Here, and there.")]
    drifted: Annotated[list[str], Field(description="Columns that are past a threshold.")]
    features: Annotated[
        list[FeatureDrift], Field(description="Columns that both have, of the same kind, and the label.")
    ]
    schema_differences: list[SchemaDifference]
