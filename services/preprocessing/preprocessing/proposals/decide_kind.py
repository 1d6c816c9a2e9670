"""Decide whether a column is proposed as a number, a category, a hashed category, or nothing; by its sample and its name.

| finding | proposed |
|---|---|
| no value | excluded, `all_missing` |
| one value in every row | excluded, `constant`; with missing ones a category, since being there may tell |
| dates, times that `dates` proposes nothing for | excluded, `datetime`: they do not come again |
| a different value in every row: text, an id by its name, or whole numbers in order or without gaps | excluded, `unique` |
| text with a separator, of tokens that come again, by `separated_lists` | a category of many tokens |
| text with a separator, of numbers with fractions, likewise | statistics of them |
| texts of words that come again in others, by `short_texts` | a text |
| whole numbers that are codes by the signs of `whole_numbers` | a category, `code` |
| other numbers | numeric |
| text of very many different values | hashed, `high_cardinality` |
| other text | a category |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from contracts.features import KindName
from contracts.messages.schemas import Flag, FlagKind
from preprocessing.proposals.heavy_tails import tail_options
from preprocessing.proposals.labels.label_leaks import Target
from preprocessing.proposals.lists.separated_lists import separated_lists
from preprocessing.proposals.sampled_columns import Column
from preprocessing.proposals.short_texts import short_texts
from preprocessing.proposals.spellings import are_whole_floats, spelling_flags, spelling_options
from preprocessing.proposals.whole_numbers import LARGEST_EXACT, ROW_WORDS, judge_whole_numbers, words_of

Kind = Literal[KindName, "datetime", "text", "excluded"]

UNIQUE_ROWS = 20
"""Fewer different values prove nothing."""
ID_DISTINCT = 0.99
"""Share of different values among all, from which on a column counts as unique: some rows may come twice."""
GAPS = 2.0
"""Maximum ratio of range to rows at which unique integers in no order are row numbers."""
HASHED_DISTINCT = 10_000
"""Different values, by Chao's estimate, from which on a category is hashed: a vocabulary of them is mostly tokens seen once."""
HASHED_SHARE = 0.5
"""So is a category of which more than this share of values are different, from `HASHED_ROWS` rows on."""
HASHED_ROWS = 200
SMALLEST_BUCKETS = 1024
LARGEST_BUCKETS = 1 << 20
TIMES_SHARE = 0.95
MOSTLY_NUMBERS = 0.8
"""Share of numbers among the values of a text column from which on it is flagged: other values keep it from being numeric."""
FLAG_SHARE_OF_ONE_VALUE = 0.999
"""Share of one value among a sample's rows, missing ones too, from which a column is flagged. The report,
which knows the whole training split, warns from `column_warnings.WARNING_SHARE_OF_ONE_VALUE` on."""
SENTINELS = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, -999999.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0, 9999999.0)
SENTINEL_SHARE = 0.001
"""Share of the values that a sentinel has at least."""

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """A kind with its reason, the options of the feature, and what a person should look at."""

    kind: Kind
    reason: str
    options: dict[str, Any]
    flags: tuple[Flag, ...] = ()


def decide_kind(
    column: Column,
    rows_estimated: int | None,
    *,
    complete: bool,
    text_is_number: bool = True,
    target: Target | None = None,
) -> Decision:
    """Return the kind of a column whose null tokens are known. Text is proposed as numeric only if `text_is_number`.

    `target`: the label of the sampled rows, if it is known.
    """
    if not column.present:
        return _excluded(column, "all_missing", "no row of the sample has a value", {"rows": len(column.codes)})
    if column.distinct == 1:
        return _constant(column)
    if column.share(column.times) >= TIMES_SHARE and not column.are_numbers.all():
        share = round(column.share(column.times), 4)
        reason = (
            "dates do not repeat, so a model cannot learn from them as categories, and not all values are of one usual format; "
            "make it a datetime with its format, and name other spellings in null_values, or give the column a kind"
        )
        return _excluded(column, "datetime", reason, {"time_share": share})
    numeric = bool(column.are_numbers.all()) and (text_is_number or column.type in {"int64", "float64"})
    decision = (
        _number(column, rows_estimated, target, complete=complete) if numeric else _text(column, complete=complete)
    )
    return _with_flags(_with_spelling(decision, column), column)


def _with_spelling(decision: Decision, column: Column) -> Decision:
    if decision.kind in {"excluded", "numeric", "text"} or "many" in decision.options:
        return decision
    return replace(decision, options=decision.options | spelling_options(column))


def _excluded(column: Column, kind: FlagKind, reason: str, evidence: Facts) -> Decision:
    flag = Flag(column=column.name, kind=kind, reason=f"{reason}; proposed in exclude", evidence=dict(evidence))
    return Decision("excluded", reason, {}, (flag,))


def _constant(column: Column) -> Decision:
    evidence = {"value": column.top()[0].value, "missing": column.missing}
    if not column.missing:
        return _excluded(column, "constant", "every row of the sample has the same value", evidence)
    reason = "one value, or none: the column only shows whether it is present"
    flag = Flag(column=column.name, kind="constant", reason=f"{reason}; proposed as a category", evidence=evidence)
    return Decision("categorical", reason, {}, (flag,))


def _number(column: Column, rows_estimated: int | None, target: Target | None, *, complete: bool) -> Decision:
    if not column.wholes.all() and not are_whole_floats(column):
        return Decision("numeric", "all values are numbers", {"dtype": "float64"})
    unique = _row_name(column, rows_estimated)
    if unique is not None:
        return unique
    judged = judge_whole_numbers(column, target)
    if judged.verdict == "code":
        return _as_category(column, judged.reason, complete=complete)
    options = {"dtype": _whole_dtype(column)}
    if judged.is_plain:
        return Decision("numeric", judged.reason, options)
    reason = f"{judged.reason}: proposed as numeric; use categorical if they are codes"
    flag = Flag(column=column.name, kind="quantity", reason=reason, evidence={"distinct": column.distinct})
    return Decision("numeric", judged.reason, options, (flag,))


def _whole_dtype(column: Column) -> str:
    return "float64" if column.type == "float64" or not column.wholes.all() else "int64"


def _row_name(column: Column, rows_estimated: int | None) -> Decision | None:
    """Excluded where the whole numbers name the rows."""
    if column.present < UNIQUE_ROWS or column.distinct < ID_DISTINCT * column.present:
        return None
    numbers = column.row_numbers()
    numbers = numbers[~np.isnan(numbers)]
    steps = np.diff(numbers)
    low, high = float(numbers.min()), float(numbers.max())
    rows = rows_estimated or len(column.codes)
    why: str | None = None
    words = words_of(column.name)
    if not column.name or set(words[-1:]) & ROW_WORDS or words[:1] == ["id"]:
        why = "and its name is that of an id"
    elif (steps > 0).all() or (steps < 0).all():
        why = "and the values are in order"
    elif column.share(column.leading_zeros) == 0 and high - low + 1 <= GAPS * rows:
        why = "and the values leave hardly a number out"
    elif max(abs(low), abs(high)) > LARGEST_EXACT:
        why = "and the numbers are too large to be amounts"
    if why is None:
        return None
    return _unique(column, why, {"min": low, "max": high})


def _unique(column: Column, why: str, more: Facts) -> Decision:
    evidence = {"distinct": column.distinct, "present": column.present, **more}
    if column.distinct < column.present:
        seen = f"{column.distinct} different values in {column.present} rows"
    else:
        seen = f"every row of the sample{' that has a value' if column.missing else ''} has another value"
    reason = f"{seen}, {why}: it names rows, and nothing can be learned from it"
    return _excluded(column, "unique", reason, evidence)


def _as_category(column: Column, why: str, *, complete: bool) -> Decision:
    kind, options = _category_kind(column, complete=complete)
    evidence = {"distinct": column.distinct, "leading_zeros": round(column.share(column.leading_zeros), 4)}
    flag = Flag(
        column=column.name,
        kind="code",
        reason=f"{why}: proposed as {kind}; use numeric if they are quantities",
        evidence=evidence,
    )
    flags = (flag, _cardinality_flag(column, options, complete=complete)) if kind == "hashed" else (flag,)
    return Decision(kind, why, options, flags)


def _text(column: Column, *, complete: bool) -> Decision:
    lists = separated_lists(column)
    if lists is not None:
        mark, tokens = lists.evidence["separator"], lists.evidence["tokens"]
        what = "numbers" if lists.kind == "numeric" else "tokens"
        reason = f"lists of {tokens} different {what} with {mark!r} between"
        advice = "proposed as a category of many tokens; leave many out if each text is one"
        if lists.kind == "numeric":
            advice = "proposed as statistics of them, each a feature; many.statistics chooses some"
        flag = Flag(column=column.name, kind="list", reason=f"{reason}: {advice}", evidence=lists.evidence)
        return Decision(lists.kind, reason, lists.options, (flag,))
    texts = short_texts(column)
    if texts is not None:
        advice = "proposed as text; exclude it, or make it hashed, if its values are names of something"
        flag = Flag(column=column.name, kind="text", reason=f"{texts.reason}: {advice}", evidence=texts.evidence)
        return Decision("text", texts.reason, texts.options, (flag,))
    if column.present >= UNIQUE_ROWS and column.distinct >= ID_DISTINCT * column.present:
        return _unique(column, "and it is text", {})
    kind, options = _category_kind(column, complete=complete)
    if kind == "hashed":
        why = f"text of {column.distinct} different values in {column.present} rows"
        return Decision(kind, why, options, (_cardinality_flag(column, options, complete=complete),))
    return Decision(kind, "text" if not column.are_numbers.any() else "not all values are numbers", options)


def _category_kind(column: Column, *, complete: bool) -> tuple[Kind, dict[str, Any]]:
    estimated = column.distinct_estimated(complete=complete)
    many = column.present >= HASHED_ROWS and column.distinct > HASHED_SHARE * column.present
    if estimated < HASHED_DISTINCT and not many:
        return "categorical", {}
    buckets = 1 << max(2 * estimated - 1, 1).bit_length()
    return "hashed", {"buckets": min(max(buckets, SMALLEST_BUCKETS), LARGEST_BUCKETS)}


def _cardinality_flag(column: Column, options: Facts, *, complete: bool) -> Flag:
    estimated = column.distinct_estimated(complete=complete)
    return Flag(
        column=column.name,
        kind="high_cardinality",
        reason=f"about {estimated} different values: proposed as hashed to {options['buckets']} buckets, at least twice as many, "
        "so that no vocabulary is kept; make it categorical to keep one",
        evidence={"distinct": column.distinct, "distinct_estimated": estimated, "present": column.present},
    )


def _with_flags(decision: Decision, column: Column) -> Decision:
    flags = list(decision.flags)
    if decision.kind in ("categorical", "hashed", "numeric"):
        flags += spelling_flags(column, decision.kind, decision.options)
    options = decision.options
    if decision.kind == "numeric":
        tail, flag = tail_options(column)
        options = options | tail
        flags += [*_sentinel_flags(column), *([] if flag is None else [flag])]
    elif decision.kind != "excluded" and MOSTLY_NUMBERS <= column.share(column.are_numbers) < 1:
        others = column.top(~column.are_numbers)
        flags.append(
            Flag(
                column=column.name,
                kind="mostly_numbers",
                reason="most values are numbers, and some are not: proposed as a category, since a job stops at what does not "
                "parse. If those mean missing, name them in the feature's null_values, and make it numeric",
                evidence={
                    "number_share": round(column.share(column.are_numbers), 4),
                    "others": {token.value: token.count for token in others},
                },
            )
        )
    largest = int(column.counts.max()) / max(len(column.codes), 1)
    if (
        decision.kind != "excluded"
        and FLAG_SHARE_OF_ONE_VALUE <= largest < 1
        and len(column.codes) >= 1 / (1 - FLAG_SHARE_OF_ONE_VALUE)
    ):
        flags.append(
            Flag(
                column=column.name,
                kind="nearly_constant",
                reason="almost every row has the same value; proposed all the same",
                evidence={"value": column.top()[0].value, "share": round(largest, 6)},
            )
        )
    return Decision(decision.kind, decision.reason, options, tuple(flags))


def _sentinel_flags(column: Column) -> list[Flag]:
    """Return flags for sentinels: a frequent extreme value, further from all others than their range."""
    known = ~np.isnan(column.numbers)
    order = np.argsort(column.numbers[known])
    values, counts = column.numbers[known][order], column.counts[known][order]
    flags: list[Flag] = []
    for index, rest in ((0, values[1:]), (len(values) - 1, values[:-1])):
        value = float(values[index]) if len(values) else 0.0
        if len(rest) < 2 or value not in SENTINELS or counts[index] < max(2, SENTINEL_SHARE * column.present):
            continue
        spread = float(rest[-1] - rest[0])
        apart = rest[0] >= 0 if value == -1 else min(abs(value - rest[0]), abs(value - rest[-1])) > spread
        if apart:
            spelled = f"{value:.0f}"
            flags.append(
                Flag(
                    column=column.name,
                    kind="sentinel",
                    reason=f"{spelled} may stand for missing: if so, name it in the feature's null_values; a number here",
                    evidence={
                        "value": value,
                        "count": int(counts[index]),
                        "others": [float(rest[0]), float(rest[-1])],
                    },
                )
            )
    return flags
