"""The classes of a multiclass label: their order, ids and names.

A class is a value of the label's column, as text. Where the text of every class is a whole number (`3`, `-1`, also `3.0`,
which tools write where a column of whole numbers has gaps), classes are integers, in ascending order; otherwise they are strings,
in the order of their bytes. A class's id is its index in that order, from 0: the label in records, and the class's index in a
model's probabilities. The order is independent of class frequencies, so more rows of known classes change no id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import StrictInt, StrictStr

from contracts.errors import UnusableLabel

MAX_CLASSES = 1000
"""Limit of classes, far past a readable confusion matrix or a reasonable softmax; a label with more is refused."""

_WHOLE = re.compile(rb"(-?(?:0|[1-9][0-9]{0,17}))(?:\.0+)?")

ClassName = Annotated[StrictInt | StrictStr, "A class: a whole number, or text."]


def class_list(tokens: Iterable[bytes]) -> list[ClassName]:
    """Return the classes of these labels in the order of their ids. Raises `UnusableLabel` for text that is not UTF-8.

    >>> class_list([b"10", b"2", b"2.0", b"-1"])
    [-1, 2, 10]
    >>> class_list([b"Gentoo", b"Adelie", b"2"])
    ['2', 'Adelie', 'Gentoo']
    """
    distinct = set(tokens)
    numbers = [_whole(token) for token in distinct]
    if all(number is not None for number in numbers):
        return sorted({number for number in numbers if number is not None})
    return [_text(token) for token in sorted(distinct)]


def class_ids(tokens: Sequence[bytes], classes: Sequence[ClassName]) -> list[int]:
    """Return the id of each label's class, -1 for a class that is not in `classes`.

    >>> class_ids([b"2.0", b"3"], [-1, 2, 10])
    [1, -1]
    """
    ids: dict[ClassName | None, int] = {name: index for index, name in enumerate(classes)}
    if all(isinstance(name, int) for name in classes):
        return [ids.get(_whole(token), -1) for token in tokens]
    return [ids.get(token.decode(errors="replace"), -1) for token in tokens]


def _whole(token: bytes) -> int | None:
    match = _WHOLE.fullmatch(token)
    return int(match[1]) if match else None


def _text(token: bytes) -> str:
    try:
        return token.decode()
    except UnicodeDecodeError:
        shown = token[:100].decode(errors="backslashreplace")
        raise UnusableLabel(f"a class must be text in UTF-8. Received: {shown!r}") from None
