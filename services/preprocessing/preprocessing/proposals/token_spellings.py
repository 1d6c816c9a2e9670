"""Flag columns of text whose numbers and booleans are spelled in another way than as tokens; propose which spelling to keep.

pandas writes whole numbers with gaps as `101.0` and booleans as `True`. As categories both get their canonical spelling, so that
they are the same tokens in typed files and requests. Versions look like numbers, but `3.10` is not `3.1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from contracts.features import KindName
from contracts.features.spelling import canonical_token
from contracts.messages.schemas import Flag
from preprocessing.proposals.sampled_columns import Column, shown

_SHOWN = 3


def spelling_options(column: Column) -> dict[str, Any]:
    """Return the option of a category that keeps its text, where different texts are one fraction; else none."""
    return {"spelling": "written"} if _joined(_tokens(column)) else {}


def spelling_flags(column: Column, kind: KindName, options: Mapping[str, Any]) -> tuple[Flag, ...]:
    """Return the flag of a column with text that is respelled, or would be as a category; none for another column."""
    tokens = _tokens(column)
    changed = {text: token for text, token in tokens.items() if text != token}
    if not changed or (kind == "numeric" and not are_whole_floats(column)):
        return ()
    examples = dict(list(changed.items())[:_SHOWN])
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
