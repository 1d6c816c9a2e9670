"""Statistics of each column in each split, from one pass over the data; stored as JSON.

Counts are exact, and means and deviations are those of the exact sums, rounded to a double. Quantiles, histograms and distinct
counts of a numeric column are exact while it has at most `Accuracy.exact_up_to` different values in all splits together; past
that, values are counted by intervals of the width `resolution`, which only depends on the values. So nothing here depends on
how the rows were divided among tasks, with one exception: a `QuantileSketch`, which is randomized; `reproducible` leaves it out.

A whole number beyond 2^53 is rounded where it is an extreme, a quantile or an edge. A statistic that has no value (the mean of
a column without values) is null, never NaN. Fields with a default are those that older datasets do not have.
"""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_right
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field

from contracts.base_model import FrozenModel
from contracts.classes import ClassName
from contracts.schema import SplitName


class Accuracy(FrozenModel):
    """Error bounds of the estimated statistics, for every numeric column with more than `exact_up_to` distinct values."""

    exact_up_to: Annotated[
        int, Field(description="Distinct values of a column, over all splits, up to which every statistic is exact.")
    ]
    kll_k: Annotated[int, Field(description="Size of the quantile sketches (Apache DataSketches, KLL).")]
    kll_rank_error: Annotated[
        float,
        Field(description="Largest rank error of a sketch's quantile, as a share of the count."),
    ]
    kll_confidence: Annotated[float, Field(description="Probability with which the rank error holds.")]
    hll_lg_k: Annotated[
        int, Field(description="Base-2 logarithm of the size of the distinct sketches (Apache DataSketches, HLL).")
    ]
    hll_relative_standard_error: Annotated[
        float, Field(description="Standard deviation of an estimated distinct count, as a share of the true one.")
    ]
    hll_confidence: Annotated[
        float, Field(description="Probability with which a distinct count is between its bounds.")
    ]


class Histogram(FrozenModel):
    """Counts of values between ascending edges: each from its lower edge up to, not including, the next; the last includes it."""

    edges: Annotated[list[float], Field(description="One more than counts; for a single value, that value twice.")]
    counts: list[int]


class Quantiles(FrozenModel):
    """Quantiles at ascending probabilities, with linear interpolation: Hyndman and Fan's type 7."""

    probabilities: list[float]
    values: list[float]

    def at(self, probability: float) -> float:
        """Return the quantile at a probability from 0 to 1, interpolated between the two nearest published ones."""
        above = bisect_right(self.probabilities, probability)
        below = above - 1
        low, value = self.probabilities[below], self.values[below]
        if low == probability or above == len(self.values):
            return value
        share = (probability - low) / (self.probabilities[above] - low)
        return min(value + (self.values[above] - value) * share, self.values[above])


class QuantileSketch(FrozenModel):
    """Quantiles by a KLL sketch, with the bounds that `Accuracy` states. KLL is randomized: results vary between runs."""

    probabilities: list[float]
    values: list[float]
    lower: Annotated[list[float], Field(description="Lower bound of the true quantile, at the stated confidence.")]
    upper: list[float]


class DistinctSketch(FrozenModel):
    """A distinct count by an HLL sketch, with bounds at the stated confidence. It depends only on the values."""

    estimate: float
    lower: float
    upper: float


class MissingAndLabel(FrozenModel):
    """Association of missing values with the label, which is binary or numeric."""

    mean_where_missing: Annotated[
        float | None, Field(description="Mean label of the rows in which the value is missing.")
    ]
    mean_where_present: float | None
    correlation: Annotated[
        float | None,
        Field(
            description="Pearson correlation of missing (1 or 0) and the label; phi if binary. Null if one is constant."
        ),
    ]


class NumericStatistics(FrozenModel):
    """One numeric column in one split. Values beyond float32 count as missing, and as `infinite` too."""

    kind: Literal["numeric"] = "numeric"
    count: Annotated[int, Field(description="Values that are present and finite.")]
    missing: Annotated[int, Field(description="Null, NaN or infinite.")]
    missing_share: Annotated[
        float | None, Field(description="Share of the split's rows; null for a split without rows.")
    ] = None
    infinite: Annotated[int, Field(description="Missing values that were infinite, or beyond float32.")]
    nan: Annotated[int | None, Field(description="Missing values that were NaN.")] = None
    zeros: int
    negative: int
    distinct: Annotated[int | None, Field(description="Distinct values: exact, or the sketch's estimate, rounded.")] = (
        None
    )
    distinct_sketch: Annotated[
        DistinctSketch | None, Field(description="Where the column has too many distinct values for an exact count.")
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
            description="Relative resolution of the values behind median, quantiles, histograms and logarithms; 0: exact."
        ),
    ] = None
    median: float | None = None
    quantiles: Annotated[
        Quantiles | None, Field(description="Every percent, and the probabilities that a feature's rule needs.")
    ] = None
    quantile_sketch: Annotated[
        QuantileSketch | None, Field(description="Where the column has too many distinct values for exact quantiles.")
    ] = None
    histogram: Annotated[Histogram | None, Field(description="Buckets of equal width, from min to max.")] = None
    quantile_histogram: Annotated[
        Histogram | None, Field(description="Buckets of about equal counts; fewer where one value is frequent.")
    ] = None
    label: MissingAndLabel | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.count + self.missing


class TokenCount(FrozenModel):
    """A token's count. `text` holds the bytes as text where they are UTF-8; `token` all of them, as base64."""

    text: str
    token: Base64Bytes
    count: int

    @classmethod
    def of(cls, token: bytes, count: int) -> TokenCount:
        """Build it from the token's bytes; invalid UTF-8 becomes U+FFFD in `text`."""
        return cls(text=token.decode(errors="replace"), token=b64encode(token), count=count)


class TopToken(TokenCount):
    """A frequent token, and the mean label of its rows if the label is binary; null for the other kinds."""

    label_mean: float | None = None

    @classmethod
    def of(cls, token: bytes, count: int, label_mean: float | None = None) -> TopToken:
        """Build it from the token's bytes; invalid UTF-8 becomes U+FFFD in `text`."""
        return cls(text=token.decode(errors="replace"), token=b64encode(token), count=count, label_mean=label_mean)


class RankHistogram(FrozenModel):
    """Counts of the values whose token's rank is from `ranks[i]` up to `ranks[i + 1]`; rank 0 is the most frequent token."""

    ranks: Annotated[list[int], Field(description="0, 1, 2, 4, 8 and so on, up to the number of tokens.")]
    counts: list[int]


class ListStatistics(FrozenModel):
    """The lists of one column in one split."""

    count: Annotated[int, Field(description="Rows that have a list, perhaps an empty one.")]
    empty: Annotated[int, Field(description="Rows whose list is empty.")]
    tokens: Annotated[int, Field(description="Tokens of all lists, with those that are missing within one.")]
    mean: Annotated[float | None, Field(description="Tokens per list.")]
    shortest: Annotated[int, Field(description="Tokens of the shortest list; 0 without a list.")]
    longest: Annotated[int, Field(description="Tokens of the longest list.")]


class CategoricalStatistics(FrozenModel):
    """One categorical column in one split. A hashed feature has these statistics too, though no vocabulary."""

    kind: Literal["categorical"] = "categorical"
    count: Annotated[int, Field(description="Values that are present; of lists the tokens of all of them.")]
    missing: Annotated[int, Field(description="Rows without a value.")]
    missing_share: Annotated[
        float | None, Field(description="Share of the split's rows; null for a split without rows.")
    ] = None
    distinct: int
    average_length: Annotated[float | None, Field(description="Bytes per value that is present.")]
    invalid_utf8: Annotated[int | None, Field(description="Values whose bytes are not UTF-8.")] = None
    top: Annotated[list[TopToken], Field(description="The most frequent tokens, by descending count, then bytes.")]
    ranks: RankHistogram | None = None
    label: MissingAndLabel | None = None
    lists: Annotated[
        ListStatistics | None,
        Field(description="Where values are lists of tokens; else absent.", exclude_if=lambda lists: lists is None),
    ] = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.missing + (self.count if self.lists is None else self.lists.count)


class LabelValue(FrozenModel):
    """Number of rows with a label value."""

    value: float
    count: int


class LabelStatistics(FrozenModel):
    """A binary label in one split."""

    count: int
    positives: int
    distribution: Annotated[list[LabelValue], Field(description="By ascending value.")] = []

    @property
    def mean(self) -> float:
        """Return the share of positives; 0 for an empty split."""
        return self.positives / self.count if self.count else 0.0


class ClassCount(FrozenModel):
    """Number of rows of a class."""

    value: ClassName
    count: int


class ClassLabelStatistics(FrozenModel):
    """A multiclass label in one split."""

    kind: Literal["multiclass"] = "multiclass"
    count: int
    classes: Annotated[
        list[ClassCount],
        Field(description="Every class of the training split in the order of ids, including those without a row."),
    ]

    @property
    def names(self) -> list[ClassName]:
        """Return the classes in the order of their ids."""
        return [entry.value for entry in self.classes]


class NumberLabelStatistics(FrozenModel):
    """A numeric label in one split."""

    kind: Literal["regression"] = "regression"
    count: int
    numbers: Annotated[NumericStatistics, Field(description="As for a numeric feature; no value is missing.")]


AnyLabelStatistics = LabelStatistics | ClassLabelStatistics | NumberLabelStatistics

FeatureStatistics = Annotated[NumericStatistics | CategoricalStatistics, Field(discriminator="kind")]


class SplitStatistics(FrozenModel):
    """All columns of one split."""

    rows: int
    features: dict[str, FeatureStatistics]
    label: Annotated[AnyLabelStatistics, Field(description="Depends on the kind of the label.")]

    @property
    def binary_label(self) -> LabelStatistics:
        """Return the label's statistics. Raises `TypeError` if the label is not binary."""
        if not isinstance(self.label, LabelStatistics):
            raise TypeError(f"the label must be binary. Received: {self.label.kind}")
        return self.label


class Statistics(FrozenModel):
    """Statistics of all splits of a dataset. Models use those of `train` only."""

    splits: dict[SplitName, SplitStatistics]
    accuracy: Accuracy | None = None
    has_bounds: Annotated[
        bool,
        Field(
            description="True where scaled numbers are bounded, see `contracts.input_rules`; datasets of earlier releases, and "
            "the versions trained from them, have no bounds."
        ),
    ] = False

    def numeric(self, feature: str, split: SplitName = "train") -> NumericStatistics:
        """Return the statistics of a numeric feature. Raises `KeyError` if there is none by that name."""
        statistics = self.splits[split].features[feature]
        if not isinstance(statistics, NumericStatistics):
            raise KeyError(feature)
        return statistics

    def categorical(self, feature: str, split: SplitName = "train") -> CategoricalStatistics:
        """Return the statistics of a categorical feature. Raises `KeyError` if there is none by that name."""
        statistics = self.splits[split].features[feature]
        if not isinstance(statistics, CategoricalStatistics):
            raise KeyError(feature)
        return statistics

    def only(self, split: SplitName) -> Statistics:
        """Return the statistics with only one split."""
        return self.model_copy(update={"splits": {split: self.splits[split]}})

    def reproducible(self) -> Statistics:
        """Return the statistics without randomized sketches: equal for equal data, independent of partitions."""
        splits = {
            name: split.model_copy(
                update={
                    "features": {name: _without_sketch(feature) for name, feature in split.features.items()},
                    "label": _label_without_sketch(split.label),
                }
            )
            for name, split in self.splits.items()
        }
        return self.model_copy(update={"splits": splits})


def _without_sketch(
    statistics: NumericStatistics | CategoricalStatistics,
) -> NumericStatistics | CategoricalStatistics:
    if isinstance(statistics, NumericStatistics):
        return statistics.model_copy(update={"quantile_sketch": None})
    return statistics


def _label_without_sketch(label: AnyLabelStatistics) -> AnyLabelStatistics:
    if isinstance(label, NumberLabelStatistics):
        return label.model_copy(update={"numbers": _without_sketch(label.numbers)})
    return label
