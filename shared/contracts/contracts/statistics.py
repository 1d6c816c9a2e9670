"""What one pass over the columns says, for each split; JSON at rest.

Counts are exact, and means and deviations are those of the exact sums, rounded to a double: nothing here depends on how the
rows were divided among tasks. A whole number beyond 2^53 is rounded where it is an extreme.
A statistic that has no value (the mean of a column without values) is null, never NaN.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field

from contracts.frozen import Frozen
from contracts.schema import SplitName


class NumericStatistics(Frozen):
    """One numeric column in one split. Values beyond float32 count as missing, and are counted in `infinite` too."""

    kind: Literal["numeric"] = "numeric"
    count: Annotated[int, Field(description="Values that are there and finite.")]
    missing: Annotated[int, Field(description="Null, NaN or infinite.")]
    infinite: Annotated[int, Field(description="Of the missing: those that were infinite, or beyond float32.")]
    zeros: int
    negative: int
    mean: float | None
    std: Annotated[float | None, Field(description="Population standard deviation: divided by the count.")]
    min: float | None
    max: float | None


class TokenCount(Frozen):
    """How often a token occurs. The bytes are given as text where they are UTF-8, and in full as base64."""

    text: str
    token: Base64Bytes
    count: int

    @classmethod
    def of(cls, token: bytes, count: int) -> TokenCount:
        """From the token's bytes; what is not UTF-8 is shown as U+FFFD in `text`."""
        return cls(text=token.decode(errors="replace"), token=b64encode(token), count=count)


class CategoricalStatistics(Frozen):
    """One categorical column in one split."""

    kind: Literal["categorical"] = "categorical"
    count: Annotated[int, Field(description="Values that are there.")]
    missing: int
    distinct: int
    average_length: Annotated[float | None, Field(description="Bytes per value that is there.")]
    top: Annotated[list[TokenCount], Field(description="The most frequent tokens, by descending count, then bytes.")]


class LabelStatistics(Frozen):
    """The label in one split."""

    count: int
    positives: int

    @property
    def mean(self) -> float:
        """The share of positives; 0 for an empty split."""
        return self.positives / self.count if self.count else 0.0


FeatureStatistics = Annotated[NumericStatistics | CategoricalStatistics, Field(discriminator="kind")]


class SplitStatistics(Frozen):
    """All columns of one split."""

    rows: int
    features: dict[str, FeatureStatistics]
    label: LabelStatistics


class Statistics(Frozen):
    """All splits of a dataset. What a model uses is computed on `train` alone."""

    splits: dict[SplitName, SplitStatistics]

    def numeric(self, feature: str, split: SplitName = "train") -> NumericStatistics:
        """The statistics of a numeric feature; `KeyError` if there is none by that name."""
        found = self.splits[split].features[feature]
        if not isinstance(found, NumericStatistics):
            raise KeyError(feature)
        return found
