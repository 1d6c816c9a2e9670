"""Propose which rows share a split, where single rows would test a model on what it has seen, or on the opposite.

| finding | proposed |
|---|---|
| the id of a person or the like, in several rows each | the split key, and no feature: new rows have other ids |
| and other ids, too | nothing, but flagged |
| rows that are equal but for the label | all columns but the label's as the split key |

Without a key, the label takes part in a row's split. Of equal rows those with one label may then be in training, and those with
the other in the test: a model that learned from the first is wrong about the second, and worse than chance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.messages.schemas import Flag
from preprocessing.proposals.sampled_columns import Column, duplicate_rows
from preprocessing.proposals.whole_numbers import is_glued, words_of

FEWEST_IDS = 50
"""Fewer different ids are kinds of things, each in many rows."""
LEAST_ROWS_EACH, MOST_ROWS_EACH = 1.5, 100.0
"""Mean rows of an id: fewer are chance, and of more a model can learn each by itself."""
PRESENT_SHARE = 0.95
EQUAL_SHARE = 0.02
"""Share of rows that are equal to another but for the label, from which on they are kept together."""
_ID_WORDS = frozenset({"id", "uuid", "guid"})
_SUBJECTS = frozenset({
    *("patient", "subject", "person", "participant", "respondent", "customer", "client", "user", "member", "student", "pupil"),
    *("employee", "worker", "household", "family", "borrower", "account"),
})  # fmt: skip
"""Of whom there will be others: rows of shops, products and places come from the same ones again."""
_GLUED_SUBJECT = re.compile(r"(id|pat|subj?|pers?|cust|client|user|memb?|stud|emp|hh|acct?)(id|code|nbr)")


@dataclass(frozen=True)
class SplitKey:
    """The columns of a proposed key, none of them if nothing is proposed, its flag, and an id that is no feature then."""

    columns: list[str]
    flag: Flag
    id: str | None = None


def propose_split_key(
    columns: Mapping[str, Column],
    labels: Sequence[str],
    kept: Sequence[str],
    rows_estimated: int | None,
    *,
    complete: bool,
    whole_rows: bool = True,
) -> SplitKey | None:
    """Return the key to split rows by, or None where single rows do.

    `labels`: the columns that the label comes from. `kept`: those that are features, among which an id may be.
    `whole_rows`: false where the source has columns that are not among `columns`, so that no two rows are known to be equal.
    """
    others = {name: column for name, column in columns.items() if name not in labels}
    rows = len(next(iter(columns.values())).codes)
    ids = {
        name: rows_each
        for name in kept
        if _is_id(name)
        and (rows_each := _rows_each(columns[name], rows_estimated or rows, complete=complete)) >= LEAST_ROWS_EACH
    }
    subjects = [name for name in ids if _is_subject(name)]
    if subjects and len(ids) > 1:
        shown = ", ".join(map(repr, ids))
        reason = (
            f"the ids {shown} occur in several rows each: rows are split one by one; choose a split_key if rows to be "
            "predicted have other ids"
        )
        return SplitKey([], Flag(column=None, kind="split_key", reason=reason, evidence=ids))
    for name in subjects:
        rows_each = ids[name]
        if rows_each <= MOST_ROWS_EACH:
            reason = (
                f"the id {name!r} has {rows_each} rows in the mean: proposed as split_key, so that they share a split, and in "
                "exclude, since new rows have other ids; where they have the same ones, leave the key out, and make it a feature"
            )
            flag = Flag(column=name, kind="split_key", reason=reason, evidence={"rows_each": rows_each})
            return SplitKey([name], flag, name)
    return _key_of_equal_rows(others, columns, rows) if labels and whole_rows else None


def _key_of_equal_rows(others: Mapping[str, Column], columns: Mapping[str, Column], rows: int) -> SplitKey | None:
    apart = duplicate_rows(others.values(), rows) - duplicate_rows(columns.values(), rows)
    if apart < EQUAL_SHARE * rows:
        return None
    reason = (
        f"{apart / rows:.0%} of the rows are equal to another but for the label: all columns but the label's are proposed as "
        "split_key, so that such rows share a split"
    )
    return SplitKey([*others], Flag(column=None, kind="split_key", reason=reason, evidence={"rows": apart}))


def _is_id(name: str) -> bool:
    words = words_of(name)
    return bool(words) and (words[-1] in _ID_WORDS | _SUBJECTS or is_glued(words[-1]))


def _is_subject(name: str) -> bool:
    """Return whether an id is of a person or the like, or names no subject."""
    *before, last = words_of(name)
    if last in _ID_WORDS:
        return not before or before[-1] in _SUBJECTS
    return last in _SUBJECTS or _GLUED_SUBJECT.fullmatch(last) is not None


def _rows_each(column: Column, rows: int, *, complete: bool) -> float:
    """Return the mean rows of an id; 0 for a column whose values are too few, or too often missing."""
    if column.distinct < FEWEST_IDS or column.present < PRESENT_SHARE * len(column.codes):
        return 0.0
    return round(rows / column.distinct_estimated(complete=complete), 1)
