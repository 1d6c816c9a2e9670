"""Warnings from a column's training values alone: all missing, constant, unique, out of range."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import assert_never

from contracts.dataset.manifest import RespelledValues
from contracts.dataset.warning import DatasetWarning
from contracts.features import Feature
from contracts.statistics import CategoricalStatistics, FeatureStatistics, NumericStatistics
from preprocessing.report.display_text import shown_token

MOSTLY_MISSING = 0.9
"""Share of missing values from which most of the feature's inputs are imputed."""

WARNING_SHARE_OF_ONE_VALUE = 0.99
"""Share of one value among those present, from which the others are too rare to influence a model much. They may still be a flag
that matters, so a proposal mentions only a share of `decide_kind.FLAG_SHARE_OF_ONE_VALUE`."""

UNIQUE = 0.9
"""Distinct tokens, as a share of the values, from which most rows have a token that no other row has."""

FEWEST_FOR_UNIQUE = 50
"""Number of values below which a high share of distinct ones means little."""

ROW_NUMBER = 0.4
"""Share of the integers between its minimum and maximum that a column without repetitions must hold to look like row numbers. A
training split holds only its share of the rows, so not all of them."""

LARGEST_EXACT_FLOAT32 = 2.0**24
"""Larger whole numbers are not exact in float32."""

FEWEST_STEPS = 2.0**16
"""Float32 numbers between the extremes of large numbers, below which values that differ become equal: amounts of many sizes have
millions, codes that differ in their last digits have hundreds."""

HEAVY_TAIL = 50.0
"""Largest allowed distance of an extreme from the median, in units of the 99th percentile's distance: about 2 for a million
normal values, 3 for exponential ones."""


def column_warnings(name: str, feature: Feature, statistics: FeatureStatistics) -> Iterator[DatasetWarning]:
    """Yield the warnings about one feature, from its statistics in the training split."""
    if not statistics.count:
        yield from _nothing_there(name, statistics)
        return
    yield from _mostly_missing(name, statistics)
    match statistics:
        case NumericStatistics():
            yield from _constant_number(name, statistics)
            yield from _row_number(name, feature, statistics)
            yield from _equal_as_float32(name, statistics)
            yield from _out_of_range(name, feature, statistics)
        case CategoricalStatistics():
            yield from _constant_token(name, statistics)
            yield from _unique_tokens(name, statistics)
            yield from _invalid_text(name, statistics)
        case _:
            assert_never(statistics)


def _nothing_there(name: str, statistics: FeatureStatistics) -> Iterator[DatasetWarning]:
    if statistics.missing:
        yield DatasetWarning(
            kind="all missing",
            severity="serious",
            message=f"All {statistics.missing:,} training values are missing, so the model learns nothing from it.",
            advice="Exclude the column, or check whether its values are written as one of the source's null tokens.",
            numbers={"missing": statistics.missing, "count": 0},
            feature=name,
        )


def _mostly_missing(name: str, statistics: FeatureStatistics) -> Iterator[DatasetWarning]:
    rows = statistics.rows
    share = statistics.missing / rows
    if share >= MOSTLY_MISSING:
        yield DatasetWarning(
            kind="mostly missing",
            severity="warning",
            message=f"{share:.1%} of the training values are missing; {statistics.count:,} of {rows:,} rows have one.",
            advice="Add an indicator to a numeric feature, which may be all the information it holds, or exclude it.",
            numbers={"missing_share": share, "count": statistics.count},
            feature=name,
        )


def _constant(name: str, statistics: FeatureStatistics, value: str) -> DatasetWarning:
    if statistics.missing:
        return DatasetWarning(
            kind="constant",
            severity="warning",
            message=f"Every training value that is present is {value}; the {statistics.missing:,} missing ones are "
            "its only variation.",
            advice="Add an indicator to a numeric feature, so that the model can tell the two apart, or exclude it.",
            numbers={"distinct": 1, "count": statistics.count, "missing": statistics.missing},
            feature=name,
        )
    return DatasetWarning(
        kind="constant",
        severity="serious",
        message=f"All {statistics.count:,} training values are {value}, so the model learns nothing from it.",
        advice="Exclude the column, or check whether the source holds only a part of the data.",
        numbers={"distinct": 1, "count": statistics.count},
        feature=name,
    )


def _nearly_constant(name: str, share: float, value: str) -> DatasetWarning:
    return DatasetWarning(
        kind="nearly constant",
        severity="note",
        message=f"{share:.2%} of the training values are {value}.",
        advice="A rare exception can matter; if this one cannot, exclude the column.",
        numbers={"share": share},
        feature=name,
    )


def _constant_number(name: str, statistics: NumericStatistics) -> Iterator[DatasetWarning]:
    if statistics.min == statistics.max:
        yield _constant(name, statistics, f"{statistics.min:g}")
    elif statistics.zeros >= WARNING_SHARE_OF_ONE_VALUE * statistics.count:
        yield _nearly_constant(name, statistics.zeros / statistics.count, "0")


def _constant_token(name: str, statistics: CategoricalStatistics) -> Iterator[DatasetWarning]:
    if not statistics.top:
        return
    value = shown_token(statistics.top[0].token, 60)
    if statistics.distinct == 1:
        yield _constant(name, statistics, f"“{value}”")
    elif statistics.top[0].count >= WARNING_SHARE_OF_ONE_VALUE * statistics.count:
        yield _nearly_constant(name, statistics.top[0].count / statistics.count, f"“{value}”")


def _unique_tokens(name: str, statistics: CategoricalStatistics) -> Iterator[DatasetWarning]:
    if statistics.count >= FEWEST_FOR_UNIQUE and statistics.distinct >= UNIQUE * statistics.count:
        yield DatasetWarning(
            kind="unique",
            severity="warning",
            message=f"{statistics.distinct:,} distinct tokens in {statistics.count:,} training values: hardly any "
            "repeats, as in a key.",
            advice="Exclude the column, make it hashed with few buckets, or raise min_count: a model can only "
            "memorize such rows.",
            numbers={
                "distinct": statistics.distinct,
                "count": statistics.count,
                "share": statistics.distinct / statistics.count,
            },
            feature=name,
        )


def _row_number(name: str, feature: Feature, statistics: NumericStatistics) -> Iterator[DatasetWarning]:
    if feature.value_type != "int64" or statistics.distinct is None or statistics.min is None or statistics.max is None:
        return
    span = statistics.max - statistics.min + 1
    if statistics.distinct == statistics.count >= max(FEWEST_FOR_UNIQUE, ROW_NUMBER * span):
        yield DatasetWarning(
            kind="row number",
            severity="warning",
            message=f"{statistics.count:,} integers from {statistics.min:,.0f} to {statistics.max:,.0f}, all distinct: "
            "they look like row numbers.",
            advice="Exclude the column unless the order of the rows has a meaning that is also known at prediction time.",
            numbers={
                "distinct": statistics.distinct,
                "count": statistics.count,
                "min": statistics.min,
                "max": statistics.max,
            },
            feature=name,
        )


def _equal_as_float32(name: str, statistics: NumericStatistics) -> Iterator[DatasetWarning]:
    if statistics.min is None or statistics.max is None or statistics.min == statistics.max:
        return
    largest = max(abs(statistics.min), abs(statistics.max))
    step = 2.0 ** (math.frexp(largest)[1] - 24)
    steps = (statistics.max - statistics.min) / step
    if largest > LARGEST_EXACT_FLOAT32 and steps < FEWEST_STEPS:
        yield DatasetWarning(
            kind="equal as float32",
            severity="warning",
            message=f"The values are between {statistics.min:,.0f} and {statistics.max:,.0f}, where float32, with which a model "
            f"computes, has only {steps + 1:,.0f} numbers, {step:,.0f} apart: values that differ in their last digits are equal.",
            advice="Make codes categorical or hashed. From a quantity, subtract an offset that all rows share, in the source.",
            numbers={"min": statistics.min, "max": statistics.max, "step": step},
            feature=name,
        )


def _out_of_range(name: str, feature: Feature, statistics: NumericStatistics) -> Iterator[DatasetWarning]:
    if statistics.infinite:
        yield DatasetWarning(
            kind="infinite",
            severity="warning",
            message=f"{statistics.infinite:,} training values are infinite, or too large for float32; they count as missing.",
            advice="Check where they come from; a placeholder such as 1e99 belongs in the feature's null_values.",
            numbers={"infinite": statistics.infinite},
            feature=name,
        )
    quantiles = statistics.quantiles
    if quantiles is None or statistics.max is None or statistics.min is None or feature.limits_extremes:
        return
    middle, low, high = (quantiles.at(share) for share in (0.5, 0.01, 0.99))
    above, below = _times_beyond(middle, high, statistics.max), _times_beyond(-middle, -low, -statistics.min)
    if max(above, below) >= HEAVY_TAIL:
        end, extreme, times = (
            ("largest", statistics.max, above) if above >= below else ("smallest", statistics.min, below)
        )
        percentile, edge = ("99th", high) if above >= below else ("1st", low)
        yield DatasetWarning(
            kind="heavy tail",
            severity="note",
            message=f"The {end} training value, {extreme:,.6g}, is {times:,.0f} times as far from the median "
            f"({middle:,.6g}) as the "
            f"{percentile} percentile ({edge:,.6g}).",
            advice="Set a clip, such as [0.001, 0.999], or the scale log1p: otherwise a few values dominate its "
            "mean and deviation.",
            numbers={"extreme": extreme, "percentile": edge, "median": middle, "times": times},
            feature=name,
        )


def _times_beyond(middle: float, percentile: float, extreme: float) -> float:
    return (extreme - middle) / (percentile - middle) if percentile > middle else 0.0


def _invalid_text(name: str, statistics: CategoricalStatistics) -> Iterator[DatasetWarning]:
    if statistics.invalid_utf8:
        yield DatasetWarning(
            kind="invalid UTF-8",
            severity="note",
            message=f"The bytes of {statistics.invalid_utf8:,} training values "
            f"({statistics.invalid_utf8 / statistics.count:.2%}) are not UTF-8.",
            advice="They are kept unchanged, and predict accepts them as base64. If the file has another encoding, set it.",
            numbers={"invalid_utf8": statistics.invalid_utf8, "share": statistics.invalid_utf8 / statistics.count},
            feature=name,
        )


def respelled_warnings(name: str, respelled: RespelledValues | None) -> Iterator[DatasetWarning]:
    """Yield the warning about a feature whose text got its canonical spelling, with examples."""
    if respelled is None:
        return
    examples = ", ".join(f"“{written}” is “{token}”" for written, token in respelled.examples.items())
    message = f"{respelled.values:,} values are numbers or booleans in another spelling, and read as such: {examples}."
    if respelled.joined:
        together = " and ".join(f"“{written}”" for written in respelled.joined[:2])
        yield DatasetWarning(
            kind="respelled",
            severity="warning",
            message=f"{message} {together} are one category.",
            advice="If they are not numbers but versions or codes, set the feature's spelling to written.",
            numbers={"values": respelled.values},
            feature=name,
        )
        return
    yield DatasetWarning(
        kind="respelled",
        severity="note",
        message=message,
        advice="Predict and batch prediction read them in the same way, from text as from numbers and booleans. To keep the "
        "text, set the feature's spelling to written.",
        numbers={"values": respelled.values},
        feature=name,
    )
