"""Detect numbers with affixes, spellings of one category that differ in case or spaces, and respelled tokens.

An affix is a currency, a percent sign or a unit that stands around most of a column's values, where all of them are numbers
without it. Other letters are no affix, since codes begin with them. Spellings are proposed as one category where words of two
letters or more differ in nothing else: single letters and long keys may tell upper from lower case.

Flagged is also text whose numbers and booleans are spelled in another way than as tokens. pandas writes whole numbers with gaps
as `101.0` and booleans as `True`. As categories both get their canonical spelling, so that they are the same tokens in typed
files and requests. Versions look like numbers, but `3.10` is not `3.1`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa

from contracts.features import KindName, TextRule
from contracts.features.spelling import canonical_token
from contracts.messages.schemas import Flag
from preprocessing.proposals.null_spellings import null_like
from preprocessing.proposals.sampled_columns import Column, shown
from sources.values.text_values import Spelling, is_typed, read_tokens

AFFIXED_SHARE = 0.5
"""Share of the values that an affix has at least: fewer are numbers of another kind among plain ones."""
MOST_SPELLINGS = 1000
"""Distinct values of a column of categories at most; more are keys."""
_SHOWN = 5
_EXAMPLES = 3
_CURRENCIES = r"US\$|R\$|[$€£¥₹₽₩]|USD|EUR|GBP|CHF|JPY|CAD|AUD|INR"
_UNITS = (
    r"%|‰|°C|°F|kg|mg|g|km|cm|mm|m|mi|miles|ft|in|lbs?|oz|sqft|m²|hours?|hrs?|h|mins?|min|sec|s|ms|days?|d|years?|yrs?|kB|KB|MB|GB|TB|bytes|"
    r"kW|kWh|W|V|A|Hz|MHz|GHz|px|l|ml|mph|km/h|hp|bhp|cc|CC|kmpl"
)
_AFFIXED = re.compile(
    rf"\s*[+-]?\s*(?P<prefix>{_CURRENCIES})?\s*[+-]?[0-9][0-9.,' \u00a0\u202f]*?\s*(?P<suffix>{_CURRENCIES}|{_UNITS})?\s*"
)
_MARKS: tuple[tuple[str, str | None], ...] = (
    *(
        (".", None),
        (".", ","),
        (",", "."),
        (",", None),
        (".", "'"),
        (".", " "),
        (",", " "),
        (",", "\u00a0"),
        (",", "\u202f"),
    ),
)


@dataclass(frozen=True)
class Affixed:
    """A column of numbers with affixes, spelled by the rule, and the flag that tells so."""

    column: Column
    rule: TextRule
    flag: Flag


def affixed(column: Column, marks: tuple[str, str | None]) -> Affixed | None:
    """Return the column as numbers if affixes make all of its values numbers. `marks`: the source's decimal point and groups."""
    values = column.without(null_like(column))
    if not values.distinct or values.are_numbers.all():
        return None
    affixes = _affixes_of(values)
    if not affixes:
        return None
    for point, separator in dict.fromkeys((marks, *_MARKS)):
        spelling = Spelling((), point, separator, affixes.get("prefix"), affixes.get("suffix"))
        if is_typed(values.values, "float64", spelling):
            own = {} if (point, separator) == marks else _named(point, separator, marks)
            point_here, separator_here = own.get("decimal_point"), own.get("thousands_separator")
            rule = TextRule(spelling.prefix, spelling.suffix, point_here, separator_here)
            return Affixed(column.spelled(spelling), rule, _affix_flag(values, affixes, own))
    return None


def _affixes_of(column: Column) -> dict[str, str]:
    """Return the one prefix and the one suffix of most values; empty unless all are digits, marks and these."""
    affixes: dict[str, str] = {}
    matches = [_AFFIXED.fullmatch(text) for text in column.tokens()]
    for kind in ("prefix", "suffix"):
        counts: Counter[str] = Counter()
        for match, count in zip(matches, column.counts.tolist(), strict=True):
            if match is None:
                return {}
            if match[kind]:
                counts[match[kind]] += count
        if len(counts) > 1:
            return {}
        if counts and counts.total() >= AFFIXED_SHARE * column.present:
            affixes[kind] = next(iter(counts))
    return affixes


def _named(point: str, separator: str | None, marks: tuple[str, str | None]) -> dict[str, str]:
    own = {} if point == marks[0] else {"decimal_point": point}
    return own if separator is None else {**own, "thousands_separator": separator}


def _affix_flag(column: Column, affixes: dict[str, str], own: dict[str, str]) -> Flag:
    words = " and ".join(f"{affix!r} {'before' if kind == 'prefix' else 'after'}" for kind, affix in affixes.items())
    marks = "".join(f", with {name} {mark!r}" for name, mark in own.items())
    return Flag(
        column=column.name,
        kind="affixes",
        reason=f"all values are numbers, most with {words}{marks}: proposed as numeric, and read like this at predict, too; "
        "nothing is converted, so units must be the same in all rows",
        evidence={**affixes, **own, "examples": {token.value: token.count for token in column.top()}},
    )


@dataclass(frozen=True)
class Folded:
    """Spellings that are one category by `rule`: the rows of each spelling, by category."""

    rule: TextRule
    groups: dict[str, dict[str, int]]
    distinct: int

    @property
    def tokens(self) -> list[str]:
        """Return the categories that have several spellings."""
        return [token for token, spellings in self.groups.items() if len(spellings) > 1]

    @property
    def options(self) -> str:
        """Return the names of the options, for messages."""
        return " and ".join(name for name in ("strip", "fold_case") if getattr(self.rule, name))

    def flag(self, column: str) -> Flag:
        """Return the flag with some of the spellings."""
        some = {token: self.groups[token] for token in self.tokens[:_SHOWN]}
        listed = "; ".join(
            f"{token!r} is written {', '.join(map(repr, spellings))}" for token, spellings in some.items()
        )
        return Flag(
            column=column,
            kind="spellings",
            reason=f"{listed}: proposed as one category each by {self.options}; leave the options out if they differ",
            evidence={"spellings": some, "distinct": self.distinct},
        )


def folded(column: Column) -> Folded | None:
    """Return the spellings of a column's categories that differ in case or spaces alone; None if there are none."""
    if not 2 <= column.distinct <= MOST_SPELLINGS:
        return None
    stripped = read_values(column, TextRule(strip=True))
    both = read_values(column, TextRule(strip=True, fold_case=True))
    groups: dict[str, dict[str, int]] = {}
    for token, value, count in zip(both, column.values.to_pylist(), column.counts.tolist(), strict=True):
        if token is not None:
            groups.setdefault(shown(token), {})[shown(cast("bytes", value))] = count
    several = [token for token, spellings in groups.items() if len(spellings) > 1]
    if not several or len(groups) < 2 or not all(sum(map(str.isalpha, token)) > 1 for token in several):
        return None
    strips = stripped != cast("list[bytes | None]", column.values.to_pylist())
    folds = len(set(both)) < len(set(stripped))
    return Folded(TextRule(strip=strips, fold_case=folds), groups, len(groups))


def read_values(column: Column, rule: TextRule) -> list[bytes | None]:
    """Return a column's distinct values as the rule reads them, None where missing."""
    values = column.values if column.values.type == pa.binary() else column.values.cast(pa.binary())
    return cast("list[bytes | None]", read_tokens(values, rule).to_pylist())


def rarer(groups: dict[str, dict[str, int]]) -> str:
    """Return the category with the fewest rows."""
    tokens = list(groups)
    return tokens[int(np.argmin([sum(groups[token].values()) for token in tokens]))]


def spelling_options(column: Column) -> dict[str, Any]:
    """Return the option of a category that keeps its text, where different texts are one fraction; else none."""
    return {"spelling": "written"} if _joined(_tokens(column)) else {}


def spelling_flags(column: Column, kind: KindName, options: Mapping[str, Any]) -> tuple[Flag, ...]:
    """Return the flag of a column with text that is respelled, or would be as a category; none for another column."""
    tokens = _tokens(column)
    changed = {text: token for text, token in tokens.items() if text != token}
    if not changed or (kind == "numeric" and not are_whole_floats(column)):
        return ()
    examples = dict(list(changed.items())[:_EXAMPLES])
    share = column.share(np.array([text in changed for text in tokens], np.bool_))
    evidence: dict[str, Any] = {"share": round(share, 4)}
    evidence["examples"] = {shown(text): shown(token) for text, token in examples.items()}
    text, token = (shown(value) for value in next(iter(examples.items())))
    if kind == "numeric":
        reason = (
            f"all values are whole numbers that are written as {text!r}, as pandas writes them where some are missing: "
            f"proposed as numeric; if they are ids, make it categorical, whose tokens are as {token!r}"
        )
    elif options.get("spelling") == "written":
        joined = [shown(written) for written in _joined(tokens)]
        evidence["joined"] = joined
        reason = (
            f"{' and '.join(map(repr, joined))} are one number, but different texts, as of versions: proposed with the spelling "
            "`written`, so that they stay different; leave it out if they are numbers"
        )
    else:
        reason = (
            f"numbers or booleans in another spelling: {text!r} becomes the token {token!r}, as it is in typed files and in "
            "requests; set the feature's spelling to `written` to keep the text"
        )
    return (Flag(column=column.name, kind="respelled", reason=reason, evidence=evidence),)


def are_whole_floats(column: Column) -> bool:
    """Return whether all values are whole numbers, some of them written with a point and zeros."""
    tokens = _tokens(column).values()
    return bool(column.are_numbers.all()) and all(token.removeprefix(b"-").isdigit() for token in tokens)


def _tokens(column: Column) -> dict[bytes, bytes]:
    """Return each distinct value, in file order, and its token."""
    point = column.spelling.decimal_point
    return {text: canonical_token(text, point) for text in cast("list[bytes]", column.values.to_pylist())}


def _joined(tokens: Mapping[bytes, bytes]) -> list[bytes]:
    """Return the texts of the first fraction that is written in several ways."""
    by_token: dict[bytes, list[bytes]] = {}
    for text, token in tokens.items():
        if b"." in token:
            by_token.setdefault(token, []).append(text)
    return next((sorted(texts, key=len) for texts in by_token.values() if len(texts) > 1), [])
