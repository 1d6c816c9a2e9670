"""What a column's own training values say against it: nothing there, always the same, always different, out of range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from contracts.features import Feature
from contracts.statistics import CategoricalStatistics, FeatureStatistics, NumericStatistics
from preprocessing.report.data_warning import DataWarning
from preprocessing.report.display_text import shown_token

MOSTLY_MISSING = 0.9
"""Missing share from which on the fill value is most of what a model sees of the feature."""

NEARLY_CONSTANT = 0.99
"""Share of one value from which on the others are too few for a model to weigh much. It may still be a rare flag that matters."""

UNIQUE = 0.9
"""Different tokens, as a share of the values, from which on most rows bring a token that no other row has."""

FEWEST_FOR_UNIQUE = 50
"""Values below which many different ones mean little."""

ROW_NUMBER = 0.4
"""How many of the whole numbers from its least to its greatest one a column without repetitions must have to look counted. A
training split has only its share of the rows, so not all of them."""

HEAVY_TAIL = 50.0
"""How far from the median the greatest value may be, in distances of the 99th percentile: of a million normal values it is at 2,
of exponential ones at 3."""


def column_warnings(name: str, feature: Feature, found: FeatureStatistics) -> Iterator[DataWarning]:
    """All that is wrong with one feature in the training split."""
    if not found.count:
        yield from _nothing_there(name, found)
        return
    yield from _mostly_missing(name, found)
    match found:
        case NumericStatistics():
            yield from _constant_number(name, found)
            yield from _row_number(name, feature, found)
            yield from _out_of_range(name, feature, found)
        case CategoricalStatistics():
            yield from _constant_token(name, found)
            yield from _unique_tokens(name, found)
            yield from _invalid_text(name, found)
        case _:
            assert_never(found)


def _nothing_there(name: str, found: FeatureStatistics) -> Iterator[DataWarning]:
    if found.missing:
        yield DataWarning(
            "all missing",
            "serious",
            f"All {found.missing:,} training values are missing, so the model learns nothing from it.",
            "Exclude the column, or look whether its values are spelled as one of the source's null values.",
            {"missing": found.missing, "count": 0},
            name,
        )


def _mostly_missing(name: str, found: FeatureStatistics) -> Iterator[DataWarning]:
    rows = found.count + found.missing
    share = found.missing / rows
    if share >= MOSTLY_MISSING:
        yield DataWarning(
            "mostly missing",
            "warning",
            f"{share:.1%} of the training values are missing; {found.count:,} of {rows:,} rows have one.",
            "Give a numeric feature an indicator, which may be all that it has to say, or exclude it.",
            {"missing_share": share, "count": found.count},
            name,
        )


def _constant(name: str, found: FeatureStatistics, value: str) -> DataWarning:
    if found.missing:
        return DataWarning(
            "constant",
            "warning",
            f"Every training value that is there is {value}; the {found.missing:,} missing ones are its only variation.",
            "Give a numeric feature an indicator, so that the model can tell the two apart, or exclude it.",
            {"distinct": 1, "count": found.count, "missing": found.missing},
            name,
        )
    return DataWarning(
        "constant",
        "serious",
        f"All {found.count:,} training values are {value}, so the model learns nothing from it.",
        "Exclude the column, or look whether the source holds only a part of the data.",
        {"distinct": 1, "count": found.count},
        name,
    )


def _nearly_constant(name: str, share: float, value: str) -> DataWarning:
    return DataWarning(
        "nearly constant",
        "note",
        f"{share:.2%} of the training values are {value}.",
        "A rare exception can matter; if this one cannot, exclude the column.",
        {"share": share},
        name,
    )


def _constant_number(name: str, found: NumericStatistics) -> Iterator[DataWarning]:
    if found.min == found.max:
        yield _constant(name, found, f"{found.min:g}")
    elif found.zeros >= NEARLY_CONSTANT * found.count:
        yield _nearly_constant(name, found.zeros / found.count, "0")


def _constant_token(name: str, found: CategoricalStatistics) -> Iterator[DataWarning]:
    if not found.top:
        return
    value = shown_token(found.top[0].token, 60)
    if found.distinct == 1:
        yield _constant(name, found, f"“{value}”")
    elif found.top[0].count >= NEARLY_CONSTANT * found.count:
        yield _nearly_constant(name, found.top[0].count / found.count, f"“{value}”")


def _unique_tokens(name: str, found: CategoricalStatistics) -> Iterator[DataWarning]:
    if found.count >= FEWEST_FOR_UNIQUE and found.distinct >= UNIQUE * found.count:
        yield DataWarning(
            "unique",
            "warning",
            f"{found.distinct:,} different tokens in {found.count:,} training values: hardly any occurs twice, as in a key.",
            "Exclude the column, make it hashed with few buckets, or raise min_count: a model only learns such rows by heart.",
            {"distinct": found.distinct, "count": found.count, "share": found.distinct / found.count},
            name,
        )


def _row_number(name: str, feature: Feature, found: NumericStatistics) -> Iterator[DataWarning]:
    if feature.value_type != "int64" or found.distinct is None or found.min is None or found.max is None:
        return
    span = found.max - found.min + 1
    if found.distinct == found.count >= max(FEWEST_FOR_UNIQUE, ROW_NUMBER * span):
        yield DataWarning(
            "row number",
            "warning",
            f"{found.count:,} whole numbers from {found.min:,.0f} to {found.max:,.0f}, none twice: rows seem to be numbered.",
            "Exclude the column unless the order of the rows means something that is also known at predict.",
            {"distinct": found.distinct, "count": found.count, "min": found.min, "max": found.max},
            name,
        )


def _out_of_range(name: str, feature: Feature, found: NumericStatistics) -> Iterator[DataWarning]:
    if found.infinite:
        yield DataWarning(
            "infinite",
            "warning",
            f"{found.infinite:,} training values are infinite, or too large for float32; they count as missing.",
            "Look where they come from; a placeholder such as 1e99 belongs into the feature's null_values.",
            {"infinite": found.infinite},
            name,
        )
    quantiles = found.quantiles
    if quantiles is None or found.max is None or found.min is None or feature.limits_extremes:
        return
    middle, low, high = (quantiles.at(share) for share in (0.5, 0.01, 0.99))
    above, below = _times_beyond(middle, high, found.max), _times_beyond(-middle, -low, -found.min)
    if max(above, below) >= HEAVY_TAIL:
        end, at, times = ("greatest", found.max, above) if above >= below else ("least", found.min, below)
        percentile, edge = ("99th", high) if above >= below else ("1st", low)
        yield DataWarning(
            "heavy tail",
            "note",
            f"The {end} training value, {at:,.6g}, is {times:,.0f} times as far from the median ({middle:,.6g}) as the "
            f"{percentile} percentile ({edge:,.6g}).",
            "Give it a clip, such as [0.001, 0.999], or the scale log1p: few values would otherwise rule its mean and deviation.",
            {"extreme": at, "percentile": edge, "median": middle, "times": times},
            name,
        )


def _times_beyond(middle: float, percentile: float, extreme: float) -> float:
    return (extreme - middle) / (percentile - middle) if percentile > middle else 0.0


def _invalid_text(name: str, found: CategoricalStatistics) -> Iterator[DataWarning]:
    if found.invalid_utf8:
        yield DataWarning(
            "invalid UTF-8",
            "note",
            f"The bytes of {found.invalid_utf8:,} training values ({found.invalid_utf8 / found.count:.2%}) are not UTF-8.",
            "They are kept as they are, and predict takes them as base64. If the file is in another encoding, name it.",
            {"invalid_utf8": found.invalid_utf8, "share": found.invalid_utf8 / found.count},
            name,
        )
