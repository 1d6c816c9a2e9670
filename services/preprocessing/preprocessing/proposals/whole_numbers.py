"""Judge whether whole numbers are codes or quantities: by their spelling, their name, their relation to the label, their spread.

| sign, the first that is there | verdict |
|---|---|
| leading zeros, or beyond 2^53 | codes |
| the name and the size of a moment, in seconds or milliseconds since 1970 | quantities |
| equal once they are float32, or the name of an id, a place or a thing | codes |
| the name of an amount, or a plural, which is a count | quantities |
| the name of a part of a date or of a kind of thing, and few values | codes |
| few values: the label rises or falls with them | quantities |
| few values: the label differs between them, in no order | codes |
| few values: one peak of frequency, with fewer rows on both sides, as counts have; the ends may have more | quantities |
| few other values | codes: a model learns from a category all that it could from the number |
| more values | quantities |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from preprocessing.proposals.labels.label_leaks import Target
from preprocessing.proposals.sampled_columns import Column
from sources.arrays import Float64s

CODE_DISTINCT = 50
"""Maximum distinct values of codes without other signs (months, hours, shops)."""
CODE_ROWS_EACH = 20
"""Average rows per distinct value that distinguish few values from few rows."""
LARGEST_EXACT = 2.0**53
"""Larger whole numbers are not exact in float64."""
SAME_AS_FLOAT32 = 0.9
"""Share of distinct values that are distinct as float32, below which numbers are codes: amounts differ in their first digits."""
FEWEST_VALUES = 5
"""Fewer values are in order, or have one peak, too often by accident."""
IN_ORDER, OUT_OF_ORDER = 0.85, 0.6
"""Share of the label's variance between values that the best monotone curve explains: in order from the one on, below the other
in none."""
PEAK = 3.0
"""Minimum ratio of the most frequent value's rows to those of the least frequent one, where frequencies have a peak."""
SIGMAS = 3.0

ROW_WORDS = frozenset(
    {"id", "ids", "uuid", "guid", "key", "pk", "rowid", "index", "row", "idx", "rownum", "rownumber", "unnamed"}
)
_CODE_WORDS = ROW_WORDS | frozenset({
    *("code", "codes", "zip", "zipcode", "postcode", "postal", "plz", "ssn", "sku", "ean", "isbn", "iban", "phone", "tel", "fax"),
    *("serial", "hash", "fk", "upc", "gtin", "nr", "no", "number", "fips", "naics", "store", "shop", "branch", "customer"),
    *("user", "account"),
    *("merchant", "vendor", "supplier", "product", "station", "route", "zone", "region", "district", "county", "city"),
    *("state", "country", "airport", "carrier", "tract", "ward", "precinct", "msa", "cbsa", "plot", "hospital", "terminal"),
    *("agent", "nbr", "flight", "patient", "member", "employee", "driver", "student", "teacher", "player", "team", "firm"),
    *("device", "sensor", "occ", "occupation", "isco", "sic", "isic", "nace", "icd"),
})  # fmt: skip
"""Last words of names whose numbers identify something, however many there are."""
_KIND_WORDS = frozenset({
    *("year", "quarter", "month", "week", "weekday", "day", "dow", "hour", "type", "kind", "class", "category", "group"),
    *("segment", "cluster"),
    *("status", "flag", "sex", "gender", "race", "grade", "department", "dept", "channel", "plan", "model", "brand"),
})  # fmt: skip
"""Last words of names whose numbers, if they are few, stand for kinds."""
_GLUED = re.compile(r"[a-z]{2,}(id|code|nbr)")
_NO_IDS = frozenset({
    *("paid", "unpaid", "prepaid", "repaid", "bid", "grid", "valid", "invalid", "covid", "rapid", "solid", "acid", "amid"),
    *("void", "avoid", "fluid", "liquid", "humid", "hybrid", "centroid", "asteroid", "steroid", "thyroid", "lipid", "squid"),
    *("aid", "raid", "maid", "laid", "medicaid", "plaid", "kid", "mid", "lid", "orchid", "pyramid", "decode", "encode"),
})  # fmt: skip
"""Words that end like ids and codes, and are none."""
_MOMENT_WORDS = frozenset({"timestamp", "time", "datetime", "date", "epoch", "ts", "created", "updated", "modified"})
_MOMENTS = ((1e8, 5e9), (1e11, 5e12))
"""Seconds and milliseconds since 1970, from 1973 and to 2128."""
_AMOUNT_WORDS = frozenset({
    *("age", "amount", "price", "cost", "fee", "usd", "eur", "gbp", "income", "salary", "wage", "revenue", "profit", "balance"),
    *("count", "cnt", "qty", "quantity", "num", "total", "sum", "size", "area", "sqft", "volume", "weight", "height", "length"),
    *("width", "depth", "distance", "km", "mi", "speed", "duration", "tenure", "temperature", "temp", "score", "rating", "rank"),
    *("value", "val", "amt", "sf", "ft", "lbs", "kg", "cm", "mm", "yrs", "hrs"),
    *("population", "people", "children", "horsepower", "hp", "mpg", "percent", "pct", "rate", "capacity", "delay", "stock"),
})  # fmt: skip
"""First or last words of names whose numbers are amounts."""
_COUNTING_WORDS = frozenset({"number", "num", "n", "count", "total", "avg", "mean", "max", "min", "no", "nr"})
"""First words of longer names whose numbers count what follows."""
_PREPOSITIONS = frozenset(
    {"in", "of", "on", "at", "since", "until", "per", "to", "from", "with", "by", "before", "after", "for"}
)
"""After a plural, as in `days_in_list`, the plural is counted."""
_SINGULARS = re.compile(r".{0,3}|.*(ss|us|is)|series|species|news|lens")

Verdict = Literal["code", "quantity"]


@dataclass(frozen=True)
class Judged:
    """A verdict with its reason. `is_plain` is false where few different values could be the other as well."""

    verdict: Verdict
    reason: str
    is_plain: bool = True


def judge_whole_numbers(column: Column, target: Target | None) -> Judged:
    """Return whether a column of whole numbers, with at least two of them, holds codes or quantities. `target`: the label."""
    code = _plain_code(column)
    if code is None and _is_moment(column):
        return Judged("quantity", "its name and the size of its numbers are those of times since 1970", is_plain=False)
    code = code or _code_by_size_or_name(column)
    if code is not None:
        return Judged("code", code)
    is_few = column.distinct <= CODE_DISTINCT and column.present >= CODE_ROWS_EACH * column.distinct
    if not is_few:
        return Judged("quantity", "all values are whole numbers")
    few = f"whole numbers of only {column.distinct} different values in {column.present} rows"
    for judged in (_by_name(column.name), _by_label(column, target), _by_spread(column)):
        if judged is not None:
            verdict, why = judged
            return Judged(verdict, f"{few}, and {why}", is_plain=verdict == "code")
    return Judged("code", few)


def _plain_code(column: Column) -> str | None:
    """Return why whole numbers are codes for certain; None where that is open."""
    zeros = column.share(column.leading_zeros)
    if zeros > 0:
        return f"{zeros:.1%} of the values have leading zeros, which numbers do not have"
    if np.nanmax(np.abs(column.numbers)) > LARGEST_EXACT:
        return "numbers beyond 2^53 are not exact in float64"
    return None


def _is_moment(column: Column) -> bool:
    """Return whether whole numbers are times since 1970, by the column's name and their size."""
    low, high = float(np.nanmin(column.numbers)), float(np.nanmax(column.numbers))
    is_sized = any(first <= low and high <= last for first, last in _MOMENTS)
    return is_sized and bool(_MOMENT_WORDS & set(words_of(column.name)))


def _code_by_size_or_name(column: Column) -> str | None:
    as_float32 = len(np.unique(column.numbers.astype(np.float32)))
    if as_float32 < SAME_AS_FLOAT32 * column.distinct:
        return (
            f"of {column.distinct} different numbers {as_float32} are different as float32, with which a model computes"
        )
    word = code_word(column.name)
    return None if word is None else f"its name contains {word!r}"


def code_word(name: str) -> str | None:
    """Return the word by which a column's name is that of an id, a code, a place or a thing: its last, or `id` at first."""
    words = words_of(name)
    last, first = words[-1:], words[:1]
    candidates = (*last, *(word for word in first if word == "id"))
    return next((word for word in candidates if word in _CODE_WORDS or is_glued(word)), None)


def is_glued(word: str) -> bool:
    """Return whether a word ends in `id`, `code` or `nbr`: `custid`, `idcode`."""
    return _GLUED.fullmatch(word) is not None and word not in _NO_IDS


def _by_name(name: str) -> tuple[Verdict, str] | None:
    words = words_of(name)
    if not words:
        return None
    first, last = words[0], words[-1]
    if last in _KIND_WORDS:
        return "code", f"its name contains {last!r}"
    counting = [first] if first in _AMOUNT_WORDS or (len(words) > 1 and first in _COUNTING_WORDS) else []
    for word in [last] if last in _AMOUNT_WORDS else counting:
        return "quantity", f"its name contains {word!r}, as those of amounts and counts do"
    if _is_plural(last):
        return "quantity", f"its name ends with the plural {last!r}, as those of counts do"
    if len(words) > 1 and _is_plural(first) and words[1] in _PREPOSITIONS:
        return "quantity", f"its name begins with the plural {first!r}, as those of counts do"
    return None


def _is_plural(word: str) -> bool:
    return word.endswith("s") and not _SINGULARS.fullmatch(word)


def _by_label(column: Column, target: Target | None) -> tuple[Verdict, str] | None:
    """Return a verdict where the label's mean differs between the values by more than chance: with them, or in no order."""
    if target is None or target.kind == "multiclass" or column.distinct < FEWEST_VALUES:
        return None
    numbers = column.row_numbers()
    known = ~np.isnan(numbers) & ~np.isnan(target.values)
    values, groups = np.unique(numbers[known], return_inverse=True)
    labels = target.values[known]
    rows, count = np.bincount(groups).astype(np.float64), len(values)
    if count < FEWEST_VALUES or len(labels) <= count:
        return None
    means = np.bincount(groups, labels) / rows
    between = float((rows * (means - labels.mean()) ** 2).sum())
    within = float(((labels - means[groups]) ** 2).sum())
    by_chance = within / (len(labels) - count) * (count - 1)
    if between <= by_chance * (1 + SIGMAS * np.sqrt(2 / (count - 1))) or not between:
        return None
    share = max(_explained(sign * means, rows) for sign in (1, -1)) / between
    if share >= IN_ORDER:
        return "quantity", f"the label rises or falls with them ({share:.0%} of what it differs between them)"
    if share < OUT_OF_ORDER:
        return (
            "code",
            f"the label differs between them in no order (a curve that rises or falls explains {share:.0%} of it)",
        )
    return None


def _explained(means: Float64s, rows: Float64s) -> float:
    """Return the variance, times the rows, of the best rising fit to the means: isotonic regression, by adjacent violators."""
    blocks: list[tuple[float, float]] = []
    for mean, weight in zip(means.tolist(), rows.tolist(), strict=True):
        value, total = mean, weight
        while blocks and blocks[-1][0] >= value:
            before, its = blocks.pop()
            value, total = (value * total + before * its) / (total + its), total + its
        blocks.append((value, total))
    fit, weights = np.array(blocks).T
    return float((weights * (fit - (fit * weights).sum() / weights.sum()) ** 2).sum())


def _by_spread(column: Column) -> tuple[Verdict, str] | None:
    """Return a verdict where the values leave no gap and their frequencies have one peak, as far as chance lets that be seen."""
    counts = column.counts[np.argsort(column.numbers)].astype(np.float64)
    low, high = float(column.numbers.min()), float(column.numbers.max())
    if len(counts) < FEWEST_VALUES or high - low + 1 > len(counts) or counts.max() < PEAK * counts.min():
        return None
    run = f"they run from {low:.0f} to {high:.0f} with one peak of frequency"
    if _has_one_peak(counts):
        return "quantity", f"{run}, as counts do"
    if len(counts) >= FEWEST_VALUES + 2 and _has_one_peak(counts[1:-1]):
        return "quantity", f"{run} between more rows at both ends, as amounts do that are cut off there"
    return None


def _has_one_peak(counts: Float64s) -> bool:
    """Return whether frequencies rise up to one value and fall after it, as far as chance lets that be seen."""
    peak = int(np.argmax(counts))
    steps = np.diff(counts)
    noise = SIGMAS * np.sqrt(counts[1:] + counts[:-1])
    return not ((steps[:peak] < -noise[:peak]).any() or (steps[peak:] > noise[peak:]).any())


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
