"""Lists of tokens as one value: how they are written as text, how long they may be, and how their vectors become one.

A list travels as text everywhere: in files, in raw records, in requests, in the graph. Its text is its tokens in order, each
followed by the separator, which may be left out after the last one unless that is empty. The text `[]` is the empty list; empty
text is a missing one. So `a|b`, `a|b|` are the tokens a and b, `|` is a single token that is missing, and `[]|` one that is `[]`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from contracts.base_model import FrozenModel

EMPTY_LIST = "[]"
"""The text of a list without tokens."""

MOST_TOKENS = 1000
"""The largest `max` of a rule."""

Combine = Literal["mean", "sum", "sqrtn"]
TokenWeights = Literal["count", "idf"]


class Many(FrozenModel):
    """A value is a list of tokens, whose order does not matter: a bag."""

    separator: Annotated[
        str,
        Field(
            min_length=1,
            max_length=8,
            description="Stands between the tokens of text; no token may hold it. Lists of JSON and typed files need none, but "
            "their tokens may not hold it either: take a character that occurs in none, such as U+001F.",
            examples=["|", ", "],
        ),
    ] = "|"
    max: Annotated[
        int,
        Field(
            ge=1,
            le=MOST_TOKENS,
            description="Most tokens of a list. A longer one is an error, in files and at predict.",
        ),
    ] = 50
    combine: Annotated[
        Combine,
        Field(
            description="The vectors of a list's tokens become one: their mean, their sum, or their sum divided by the root of "
            "their number; of tokens with weights, by the sum of these, or the root of the sum of their squares. Of an empty "
            "list it is zero."
        ),
    ] = "mean"
    weights: Annotated[
        TokenWeights,
        Field(
            description="`count`: each token of a list counts alike. `idf`, of a vocabulary: its vector is multiplied by "
            "ln((1 + n) / (1 + c)) + 1, for c tokens alike in the n lists of the training split, and by 0 if it is out of "
            "vocabulary."
        ),
    ] = "count"

    @field_validator("separator")
    @classmethod
    def _unambiguous(cls, separator: str) -> str:
        return unambiguous(separator)


def unambiguous(separator: str) -> str:
    """Return a separator. Raises `ValueError` for one by which a text would be several lists."""
    if set(separator) & set(EMPTY_LIST):
        raise ValueError(f"a separator cannot hold [ or ], which write an empty list. Received: {separator!r}")
    if any(separator.endswith(separator[:size]) for size in range(1, len(separator))):
        raise ValueError(f"a separator cannot end as it begins, since two could overlap. Received: {separator!r}")
    return separator


def token_count(text: bytes, separator: str) -> int:
    """Return the number of tokens of a list that is not missing, by its text."""
    if text == EMPTY_LIST.encode():
        return 0
    mark = separator.encode()
    return text.count(mark) + (not text.endswith(mark))
