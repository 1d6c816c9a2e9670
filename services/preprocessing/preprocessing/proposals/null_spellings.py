"""Detect null tokens and number formats: those that make whole columns numeric.

A usual spelling of missing is taken for one where, without such, all other values of a column are numbers; or where an
unmistakable one occurs in several columns. It counts for the whole source, unless a column of codes holds it among codes of the
same shape
(`NA`, Namibia, among two-letter countries): then it counts only for the other columns in which it was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from preprocessing.proposals.sampled_columns import Column
from sources.values.text_values import Spelling

UNMISTAKABLE = frozenset({
    *("NA", "N/A", "n/a", "NULL", "Null", "null", "NaN", "nan", "NAN", "-nan", "\\N", "#N/A", "#NA", "<NA>", "(null)", "nil"),
    *("?", "-", "--", "---", ".", "..", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#N/A N/A", "1.#QNAN", "NaT"),
})  # fmt: skip
"""Spellings that mean nothing else where several columns have them."""
AMBIGUOUS = frozenset({
    *("na", "none", "None", "NONE", "missing", "Missing", "MISSING", "unknown", "Unknown", "UNKNOWN", "undefined"),
    *("not available", "Not Available", "n.a.", "N.A.", "k.A.", "s/d", "x", "X", "*"),
})  # fmt: skip
"""Words that may be a category of their own: taken only where they stand between numbers."""

_NO_CATEGORY = frozenset({"?", "\\N", "#N/A", "#NA", "<NA>", "(null)", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!"})
"""Spellings that are no category in a single column of text either."""

_USUAL = UNMISTAKABLE | AMBIGUOUS | {""}

SEVERAL = 2
"""Columns in which an unmistakable spelling occurs, from which on it is taken."""
CODE_SHARE = 0.9
"""Share of distinct values with the token's length, in capitals, from which on a column holds codes of that shape."""
FEWEST_NUMBERS = 0.05
"""The share of numbers that a column must have at least for what else it holds to be missing ones: one number is an accident."""


@dataclass
class Nulls:
    """Null tokens of all columns and of single ones, with reasons, and the columns of codes that keep them as values."""

    everywhere: list[str] = field(default_factory=list[str])
    by_column: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    kept: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def null_like(column: Column) -> dict[str, int]:
    """Return the usual null tokens in the column, with the spaces around them, and their counts."""
    return column.spelled_as(_USUAL)


def detect_nulls(columns: Iterable[Column], *, is_text: bool) -> Nulls:
    """Return the null tokens, and the columns that they apply to.

    `is_text`: the files hold numbers and missing values as text. Else text is never a number, and each column has null tokens of
    its own.
    """
    nulls = Nulls()
    within: dict[str, list[Column]] = {}
    numeric: dict[str, list[str]] = {}
    empty: list[str] = []
    for column in columns:
        tokens = null_like(column)
        rest = column.without(tokens)
        is_numeric = is_text and bool(tokens) and _is_numeric(rest, column)
        if tokens and not rest.distinct and all(token.strip() in UNMISTAKABLE for token in tokens):
            empty.append(column.name)
        for token in tokens:
            within.setdefault(token, []).append(column)
            if is_numeric:
                numeric.setdefault(token, []).append(column.name)
    for token, where in within.items():
        names = [column.name for column in where]
        if token in numeric:
            reason = f"all other values of {_listed(numeric[token])} are numbers"
        elif any(name in empty for name in names):
            reason = f"{_listed([name for name in names if name in empty])} hold nothing else"
        elif len(where) >= SEVERAL and (token.strip() in UNMISTAKABLE or not token.strip()):
            reason = f"occurs in {len(where)} columns: {_listed(names)}"
        elif is_text and token.strip() in _NO_CATEGORY:
            reason = f"a usual spelling of missing, and no category, in {_listed(names)}"
        else:
            continue
        _take(nulls, token, reason, where, numeric.get(token, []), is_text=is_text)
    nulls.everywhere.sort()
    return nulls


def _take(nulls: Nulls, token: str, reason: str, where: list[Column], numeric: list[str], *, is_text: bool) -> None:
    codes = [column.name for column in where if column.name not in numeric and _are_codes_like(column, token)]
    nulls.reasons[token] = reason
    for name in codes:
        nulls.kept.setdefault(name, []).append(token)
    if is_text and not codes:
        nulls.everywhere.append(token)
        return
    for column in where:
        if column.name not in codes:
            nulls.by_column.setdefault(column.name, []).append(token)


def _is_numeric(rest: Column, column: Column) -> bool:
    return rest.distinct > 0 and bool(rest.are_numbers.all()) and rest.present >= FEWEST_NUMBERS * column.present


def _are_codes_like(column: Column, token: str) -> bool:
    others = [text for text in column.tokens() if text != token]
    alike = sum(len(text) == len(token) and text.isalpha() and text.isupper() for text in others)
    return token.isalpha() and token.isupper() and len(others) >= 2 and alike >= CODE_SHARE * len(others)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


@dataclass(frozen=True)
class NumberSpelling:
    """Number format, the columns that decided it, and the reason."""

    decimal_point: str
    thousands_separator: str | None
    reason: str
    columns: list[str]


_GROUPS = (",", ".", " ", "\u00a0", "\u202f", "'")


def detect_numbers(columns: Mapping[str, Column], delimiter: str, given: Mapping[str, str | None]) -> NumberSpelling:
    """Return the number format under which most columns are numeric, the plainest on a tie.

    `1,234` is ambiguous. Where the delimiter is a comma, it has groups of digits; else it has a decimal comma, unless numbers
    below 1,000 have none.
    """
    stripped = {name: column.without(null_like(column)) for name, column in columns.items()}
    stripped = {name: column for name, column in stripped.items() if column.distinct and column.are_number_like()}
    choices = [
        (point, mark)
        for point in (".", ",")
        for mark in (None, *_GROUPS)
        if point != mark and all(given.get(name, value) == value for name, value in _named(point, mark).items())
    ] or [(given.get("decimal_point") or ".", given.get("thousands_separator"))]
    plain = choices[0]
    numeric = {plain: _numeric_columns(stripped, *plain)}
    if len(numeric[plain]) < len(stripped):
        numeric |= {choice: _numeric_columns(stripped, *choice) for choice in choices[1:]}
    best = max(numeric, key=lambda choice: (len(numeric[choice]), _preference(choice, delimiter, stripped)))
    if len(numeric[best]) == len(numeric[plain]):
        best = plain
    gained = [name for name in numeric[best] if name not in numeric[plain]]
    reason = (
        f"needed to parse {_listed(gained)} as numbers"
        if gained
        else f"{len(numeric[best])} columns are numbers, spelled plainly"
    )
    return NumberSpelling(*best, reason, gained)


def _named(point: str, mark: str | None) -> dict[str, str | None]:
    return {"decimal_point": point, "thousands_separator": mark}


def _numeric_columns(columns: Mapping[str, Column], point: str, mark: str | None) -> list[str]:
    spelling = Spelling((), point, mark)
    names: list[str] = []
    for name, column in columns.items():
        spelled = column.spelled(spelling)
        if spelled.are_numbers.all():
            names.append(name)
    return names


def _preference(choice: tuple[str, str | None], delimiter: str, columns: Mapping[str, Column]) -> int:
    """Return the preference of a number format among those that make equally many columns numeric; higher wins."""
    if choice == (".", None):
        return 5
    if choice == (",", None):
        return 2 if delimiter == "," or _has_small_ungrouped(columns) else 4
    if choice == (".", ","):
        return 3
    return 1 if choice[1] in {".", ","} else 0


def _has_small_ungrouped(columns: Mapping[str, Column]) -> bool:
    """Return whether a column of comma-grouped numbers has ungrouped ones, all of them below 1,000."""
    for column in columns.values():
        grouped = column.spelled(Spelling((), ".", ","))
        if not grouped.are_numbers.all():
            continue
        marked = np.array(["," in text for text in grouped.tokens()])
        if marked.any() and not marked.all() and (np.abs(grouped.numbers[~marked]) < 1000).all():
            return True
    return False
