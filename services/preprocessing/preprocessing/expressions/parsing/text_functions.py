"""The functions of text and of instants, each with its tree."""

from __future__ import annotations

from functools import partial
from typing import Any, get_args

from contracts.expressions import AnyNode, ops_of
from contracts.expressions.nodes.instants import DateDifference, DatePart, InstantOfUnixTime, TruncateDate, UnixTime
from contracts.expressions.nodes.lists import ListStatistic
from contracts.expressions.nodes.ngrams import NGrams, Unit
from contracts.expressions.nodes.search import Extract, Matches, Replace, ReplaceMatches, TextTest
from contracts.expressions.nodes.text import Concatenate, Length, Substring, TextFunction
from preprocessing.expressions.parsing.functions import Builder, literal
from preprocessing.expressions.parsing.operands import Untyped, as_text, as_type

_UNITS = {
    "YEAR": "year",
    "YYYY": "year",
    "YY": "year",
    "QUARTER": "quarter",
    "MONTH": "month",
    "MON": "month",
    "MM": "month",
    "WEEK": "week",
    "DAY": "day",
    "DD": "day",
    "HOUR": "hour",
    "MINUTE": "minute",
    "SECOND": "second",
}
_DIFFERENCES = {
    "HOUR": "hours",
    "MINUTE": "minutes",
    "SECOND": "seconds",
    "MILLISECOND": "milliseconds",
    "MICROSECOND": "microseconds",
}


def _text_function(op: Any, operand: Untyped) -> AnyNode:
    return TextFunction(op=op, operand=as_type(operand, "text"))


def _length(operand: Untyped) -> AnyNode:
    return Length(operand=as_type(operand, "text"))


def _substring(operand: Untyped, start: Untyped, length: Untyped = None) -> AnyNode:
    begin = literal("the position of substring", start, int)
    if length is None:
        return Substring(operand=as_type(operand, "text"), start=begin)
    count = literal("the length of substring", length, int)
    return Substring(operand=as_type(operand, "text"), start=begin, length=count)


def _left(operand: Untyped, length: Untyped) -> AnyNode:
    return Substring(operand=as_type(operand, "text"), start=1, length=literal("the length of left", length, int))


def concatenate(*parts: Untyped) -> AnyNode:
    """Return texts one after the other; whole numbers and booleans become text."""
    return Concatenate(parts=[as_text(part) for part in parts])


def _replace(operand: Untyped, part: Untyped, replacement: Untyped = None) -> AnyNode:
    other = "" if replacement is None else literal("the replacement of replace", replacement, str)
    searched = literal("the searched text of replace", part, str)
    return Replace(operand=as_type(operand, "text"), part=searched, replacement=other)


def _text_test(op: Any, operand: Untyped, part: Untyped) -> AnyNode:
    return TextTest(op=op, operand=as_type(operand, "text"), part=literal(f"the searched text of {op}", part, str))


def matches(operand: Untyped, pattern: Untyped) -> AnyNode:
    """Return `rlike`."""
    return Matches(operand=as_type(operand, "text"), pattern=literal("the pattern of rlike", pattern, str))


def _extract(operand: Untyped, pattern: Untyped, group: Untyped = None) -> AnyNode:
    text = literal("the pattern of regexp_extract", pattern, str)
    number = 1 if group is None else literal("the group of regexp_extract", group, int)
    return Extract(operand=as_type(operand, "text"), pattern=text, group=number)


def _replace_matches(operand: Untyped, pattern: Untyped, replacement: Untyped) -> AnyNode:
    text = literal("the pattern of regexp_replace", pattern, str)
    other = literal("the replacement of regexp_replace", replacement, str)
    return ReplaceMatches(operand=as_type(operand, "text"), pattern=text, replacement=other)


def _ngrams(
    operand: Untyped, unit: Untyped, shortest: Untyped, longest: Untyped, limit: Untyped, distinct: Untyped = None
) -> AnyNode:
    """Return `ngrams(text, unit, shortest, longest, max, distinct)`, which Spark does not have."""
    named: Any = literal("the unit of ngrams", unit, str)
    if named not in get_args(Unit):
        raise ValueError(f"the unit of ngrams is {' or '.join(map(repr, get_args(Unit)))}. Received: {named!r}")
    sizes = [
        literal(f"the {place} of ngrams", size, int) for place, size in (("shortest", shortest), ("longest", longest))
    ]
    return NGrams(
        operand=as_type(operand, "text"),
        unit=named,
        shortest=sizes[0],
        longest=sizes[1],
        max=literal("the max of ngrams", limit, int),
        distinct=distinct is not None and literal("the last operand of ngrams", distinct, bool),
    )


def date_part(op: Any, operand: Untyped) -> AnyNode:
    """Return a part of a date or time of day."""
    return DatePart(op=op, operand=as_type(operand, "instant"))


def _date_trunc(unit: Untyped, operand: Untyped) -> AnyNode:
    name = literal("the unit of date_trunc", unit, str)
    if name.upper() not in _UNITS:
        raise ValueError(f"date_trunc takes {', '.join(sorted(set(_UNITS.values())))}. Received: {name!r}")
    truncated: Any = _UNITS[name.upper()]
    return TruncateDate(unit=truncated, operand=as_type(operand, "instant"))


def to_date(operand: Untyped) -> AnyNode:
    """Return the first instant of a day."""
    return TruncateDate(unit="day", operand=as_type(operand, "instant"))


def _datediff(end: Untyped, start: Untyped) -> AnyNode:
    return DateDifference(start=as_type(start, "instant"), end=as_type(end, "instant"))


def timestamp_difference(unit: str, start: Untyped, end: Untyped) -> AnyNode:
    """Return the time between instants in a unit of at most an hour. Raise `ValueError` for another unit."""
    if unit.upper() not in _DIFFERENCES:
        raise ValueError(f"timestampdiff takes {', '.join(_DIFFERENCES)}; for days use datediff. Received: {unit}")
    named: Any = _DIFFERENCES[unit.upper()]
    return DateDifference(unit=named, start=as_type(start, "instant"), end=as_type(end, "instant"))


def _unix_time(op: Any, operand: Untyped) -> AnyNode:
    return UnixTime(op=op, operand=as_type(operand, "instant"))


def _instant_of(op: Any, operand: Untyped) -> AnyNode:
    return InstantOfUnixTime(op=op, operand=as_type(operand, "integer"))


def _list_statistic(op: Any, operand: Untyped, separator: Untyped) -> AnyNode:
    mark = literal(f"the separator of {op}", separator, str)
    return ListStatistic(op=op, operand=as_type(operand, "text"), separator=mark)


_PARTS: tuple[str, ...] = get_args(DatePart.model_fields["op"].annotation)

TEXTS_AND_INSTANTS: dict[str, Builder] = {
    **{name: partial(_text_function, name) for name in ("lower", "upper", "trim", "ltrim", "rtrim", "nfkd")},
    "lcase": partial(_text_function, "lower"),
    "ucase": partial(_text_function, "upper"),
    **dict.fromkeys(("length", "len", "char_length", "character_length"), _length),
    "substring": _substring,
    "substr": _substring,
    "left": _left,
    "concat": concatenate,
    "ngrams": _ngrams,
    "replace": _replace,
    **{name: partial(_text_test, name) for name in ("contains", "startswith", "endswith")},
    **dict.fromkeys(("rlike", "regexp", "regexp_like"), matches),
    "regexp_extract": _extract,
    "regexp_replace": _replace_matches,
    **{name: partial(date_part, name) for name in _PARTS},
    "dayofmonth": partial(date_part, "day"),
    "date_trunc": _date_trunc,
    "to_date": to_date,
    "date": to_date,
    "datediff": _datediff,
    "date_diff": _datediff,
    **{name: partial(_unix_time, name) for name in ("unix_seconds", "unix_millis", "unix_micros")},
    **{name: partial(_list_statistic, name) for name in ops_of(ListStatistic)},
    **{name: partial(_instant_of, name) for name in ("timestamp_seconds", "timestamp_millis", "timestamp_micros")},
}
