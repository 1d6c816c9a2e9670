"""What one pass over the columns says, for each split; JSON at rest.

Counts are exact, and means and deviations are those of the exact sums, rounded to a double. Quantiles, histograms and distinct
counts of a numeric column are exact while it has at most `Accuracy.exact_up_to` different values in all splits together; past
that, values are counted by intervals of the width `resolution`, which only depends on the values. So nothing here depends on
how the rows were divided among tasks, with one exception: a `QuantileSketch`, which draws lots; `reproducible` leaves it out.

A whole number beyond 2^53 is rounded where it is an extreme, a quantile or an edge. A statistic that has no value (the mean of
a column without values) is null, never NaN. Fields with a default are those that older datasets do not have.
"""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_right
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field

from contracts.base_model import Frozen
from contracts.classes import ClassName
from contracts.schema import SplitName


class Accuracy(Frozen):
    """What holds for the estimated statistics of every numeric column with more than `exact_up_to` different values."""

    exact_up_to: Annotated[
        int, Field(description="Different values of a column, in all splits together, up to which everything is exact.")
    ]
    kll_k: Annotated[int, Field(description="Size of the quantile sketches (Apache DataSketches, KLL).")]
    kll_rank_error: Annotated[
        float,
        Field(description="What the true rank of a sketch's quantile differs by at most, as a share of the count."),
    ]
    kll_confidence: Annotated[float, Field(description="In how many of all cases it holds.")]
    hll_lg_k: Annotated[
        int, Field(description="Base-2 logarithm of the size of the distinct sketches (Apache DataSketches, HLL).")
    ]
    hll_relative_standard_error: Annotated[
        float, Field(description="Standard deviation of an estimated distinct count, as a share of the true one.")
    ]
    hll_confidence: Annotated[
        float, Field(description="In how many of all cases a distinct count is between its bounds.")
    ]


class Histogram(Frozen):
    """Counts of values between ascending edges: each from its lower edge up to, not including, the next; the last includes it."""

    edges: Annotated[list[float], Field(description="One more than counts; a single value is an edge twice.")]
    counts: list[int]


class Quantiles(Frozen):
    """Values that a share of all lies below, for ascending shares. Between two values it is linear: Hyndman and Fan's type 7."""

    probabilities: list[float]
    values: list[float]

    def at(self, probability: float) -> float:
        """The quantile at a share from 0 to 1: published, or linear between the two published beside it."""
        above = bisect_right(self.probabilities, probability)
        below = above - 1
        low, value = self.probabilities[below], self.values[below]
        if low == probability or above == len(self.values):
            return value
        share = (probability - low) / (self.probabilities[above] - low)
        return min(value + (self.values[above] - value) * share, self.values[above])


class QuantileSketch(Frozen):
    """Quantiles by a KLL sketch, with the bounds that `Accuracy` states. The sketch draws lots: no two are quite the same."""

    probabilities: list[float]
    values: list[float]
    lower: Annotated[list[float], Field(description="The true quantile is not below, with the stated confidence.")]
    upper: list[float]


class DistinctSketch(Frozen):
    """A distinct count by an HLL sketch, with bounds of the stated confidence. It only depends on the values."""

    estimate: float
    lower: float
    upper: float


class MissingAndLabel(Frozen):
    """Whether a value is missing, and the label, binary or a number: how they go together."""

    mean_where_missing: Annotated[float | None, Field(description="Mean label of the rows without a value.")]
    mean_where_present: float | None
    correlation: Annotated[
        float | None,
        Field(
            description="Pearson's of missing (1 or 0) and the label; of a binary label, phi. Null where one of them is constant."
        ),
    ]


class NumericStatistics(Frozen):
    """One numeric column in one split. Values beyond float32 count as missing, and are counted in `infinite` too."""

    kind: Literal["numeric"] = "numeric"
    count: Annotated[int, Field(description="Values that are there and finite.")]
    missing: Annotated[int, Field(description="Null, NaN or infinite.")]
    missing_share: Annotated[float | None, Field(description="Of the split's rows; null where there are none.")] = None
    infinite: Annotated[int, Field(description="Of the missing: those that were infinite, or beyond float32.")]
    nan: Annotated[int | None, Field(description="Of the missing: those that were NaN.")] = None
    zeros: int
    negative: int
    distinct: Annotated[
        int | None, Field(description="Different values: exact, or the sketch's estimate, rounded.")
    ] = None
    distinct_sketch: Annotated[
        DistinctSketch | None, Field(description="Where the column has too many for an exact count.")
    ] = None
    mean: float | None
    std: Annotated[float | None, Field(description="Population standard deviation: divided by the count.")]
    min: float | None
    max: float | None
    log1p_mean: Annotated[float | None, Field(description="Mean of sign(x)·ln(1 + |x|).")] = None
    log1p_std: float | None = None
    resolution: Annotated[
        float | None,
        Field(
            description="Median, quantiles, histograms and logarithms are of values known to this share of themselves; "
            "0: of the values."
        ),
    ] = None
    median: float | None = None
    quantiles: Annotated[
        Quantiles | None, Field(description="Percent by percent, and where a feature's rules ask for more.")
    ] = None
    quantile_sketch: Annotated[
        QuantileSketch | None, Field(description="Where the column has too many values for exact quantiles.")
    ] = None
    histogram: Annotated[Histogram | None, Field(description="Of equal widths, from min to max.")] = None
    quantile_histogram: Annotated[
        Histogram | None, Field(description="Of about equal counts; where a value is many of them, fewer buckets.")
    ] = None
    label: MissingAndLabel | None = None


class TokenCount(Frozen):
    """How often a token occurs. The bytes are given as text where they are UTF-8, and in full as base64."""

    text: str
    token: Base64Bytes
    count: int

    @classmethod
    def of(cls, token: bytes, count: int) -> TokenCount:
        """From the token's bytes; what is not UTF-8 is shown as U+FFFD in `text`."""
        return cls(text=token.decode(errors="replace"), token=b64encode(token), count=count)


class TopToken(TokenCount):
    """A frequent token, and the mean label of its rows: of a binary label; null for the other kinds."""

    label_mean: float | None = None

    @classmethod
    def of(cls, token: bytes, count: int, label_mean: float | None = None) -> TopToken:
        """From the token's bytes; what is not UTF-8 is shown as U+FFFD in `text`."""
        return cls(text=token.decode(errors="replace"), token=b64encode(token), count=count, label_mean=label_mean)


class RankHistogram(Frozen):
    """How many values have a token of a rank from `ranks[i]` up to `ranks[i + 1]`; rank 0 is the most frequent."""

    ranks: Annotated[list[int], Field(description="0, 1, 2, 4, 8 and so on, up to the number of tokens.")]
    counts: list[int]


class CategoricalStatistics(Frozen):
    """One categorical column in one split. A feature that is hashed has no vocabulary, but these statistics all the same."""

    kind: Literal["categorical"] = "categorical"
    count: Annotated[int, Field(description="Values that are there.")]
    missing: int
    missing_share: Annotated[float | None, Field(description="Of the split's rows; null where there are none.")] = None
    distinct: int
    average_length: Annotated[float | None, Field(description="Bytes per value that is there.")]
    invalid_utf8: Annotated[int | None, Field(description="Values whose bytes are not UTF-8.")] = None
    top: Annotated[list[TopToken], Field(description="The most frequent tokens, by descending count, then bytes.")]
    ranks: RankHistogram | None = None
    label: MissingAndLabel | None = None


class LabelValue(Frozen):
    """How many rows have that label."""

    value: float
    count: int


class LabelStatistics(Frozen):
    """A binary label in one split."""

    count: int
    positives: int
    distribution: Annotated[list[LabelValue], Field(description="By ascending value.")] = []

    @property
    def mean(self) -> float:
        """The share of positives; 0 for an empty split."""
        return self.positives / self.count if self.count else 0.0


class ClassCount(Frozen):
    """How many rows have that class."""

    value: ClassName
    count: int


class ClassLabelStatistics(Frozen):
    """A multiclass label in one split."""

    kind: Literal["multiclass"] = "multiclass"
    count: int
    classes: Annotated[
        list[ClassCount],
        Field(description="Every class of the training split in the order of ids, also those without a row."),
    ]

    @property
    def names(self) -> list[ClassName]:
        """The classes in the order of their ids."""
        return [each.value for each in self.classes]


class NumberLabelStatistics(Frozen):
    """A numeric label in one split."""

    kind: Literal["regression"] = "regression"
    count: int
    numbers: Annotated[NumericStatistics, Field(description="As of a feature; no value is missing.")]


AnyLabelStatistics = LabelStatistics | ClassLabelStatistics | NumberLabelStatistics

FeatureStatistics = Annotated[NumericStatistics | CategoricalStatistics, Field(discriminator="kind")]


class SplitStatistics(Frozen):
    """All columns of one split."""

    rows: int
    features: dict[str, FeatureStatistics]
    label: Annotated[AnyLabelStatistics, Field(description="By the kind of the label.")]

    @property
    def binary_label(self) -> LabelStatistics:
        """The same where the label is binary; `TypeError` where it is not."""
        if not isinstance(self.label, LabelStatistics):
            raise TypeError(f"the label must be binary. Received: {self.label.kind}")
        return self.label


class Statistics(Frozen):
    """All splits of a dataset. What a model uses is computed on `train` alone."""

    splits: dict[SplitName, SplitStatistics]
    accuracy: Accuracy | None = None

    def numeric(self, feature: str, split: SplitName = "train") -> NumericStatistics:
        """The statistics of a numeric feature; `KeyError` if there is none by that name."""
        found = self.splits[split].features[feature]
        if not isinstance(found, NumericStatistics):
            raise KeyError(feature)
        return found

    def categorical(self, feature: str, split: SplitName = "train") -> CategoricalStatistics:
        """The statistics of a categorical feature; `KeyError` if there is none by that name."""
        found = self.splits[split].features[feature]
        if not isinstance(found, CategoricalStatistics):
            raise KeyError(feature)
        return found

    def only(self, split: SplitName) -> Statistics:
        """The same of one split alone."""
        return self.model_copy(update={"splits": {split: self.splits[split]}})

    def reproducible(self) -> Statistics:
        """The same without what depends on lots that were drawn: equal for equal data, whatever the partitions."""
        splits = {
            name: split.model_copy(
                update={
                    "features": {feature: _without_lots(found) for feature, found in split.features.items()},
                    "label": _label_without_lots(split.label),
                }
            )
            for name, split in self.splits.items()
        }
        return self.model_copy(update={"splits": splits})


def _without_lots(found: NumericStatistics | CategoricalStatistics) -> NumericStatistics | CategoricalStatistics:
    if isinstance(found, NumericStatistics):
        return found.model_copy(update={"quantile_sketch": None})
    return found


def _label_without_lots(found: AnyLabelStatistics) -> AnyLabelStatistics:
    if isinstance(found, NumberLabelStatistics):
        return found.model_copy(update={"numbers": _without_lots(found.numbers)})
    return found
