"""Names in Spark SQL: which columns an expression may read. Spark itself ignores case."""

from __future__ import annotations

import re
from collections.abc import Iterable

_STRINGS = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"")
_NAMES = re.compile(r"`((?:[^`]|``)+)`|\b(\w*[^\W\d]\w*)(\s*\()?")  # a plain name may begin with a digit


def quoted(name: str) -> str:
    """Return a column's name as SQL has it.

    >>> quoted("a`b")
    '`a``b`'
    """
    return f"`{name.replace('`', '``')}`"


def names_in(expression: str) -> set[str]:
    """Return every name in an expression, of columns and functions alike, in lower case.

    >>> sorted(names_in("`Arr Delay` > 15 AND status <> 'late'"))
    ['and', 'arr delay', 'status']
    """
    return {name for name, _ in _names(expression)}


def columns_in(expressions: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Return the columns that occur in any of the expressions, in their own order; a function of that name is no column.

    >>> columns_in(["2nd_price > 5", "abs(`a b`) + max(c)"], ["max", "a b", "2nd_price", "c"])
    ['a b', '2nd_price', 'c']
    """
    named = {name for text in expressions for name, is_function in _names(text) if not is_function}
    return [column for column in columns if column.lower() in named]


def _names(expression: str) -> Iterable[tuple[str, bool]]:
    """Yield each name, and whether it is called as a function."""
    for name, plain, bracket in _NAMES.findall(_STRINGS.sub(" ", expression)):
        yield (name.replace("``", "`") or plain).lower(), bool(bracket)
