from __future__ import annotations

import re
from typing import Any

import pytest

from contracts.dataset.split_rule import SplitColumn, SplitRule, why_not_comparable


def columns(*names: str) -> list[SplitColumn]:
    return [SplitColumn(name=name, null_values=["", "NA"]) for name in names]


RULE = SplitRule(by="row", columns=columns("a", "b", "c"), shares={"train": 0.8, "validation": 0.1, "test": 0.1})


def changed(**update: Any) -> SplitRule:
    return RULE.model_copy(update=update)


def test_equal_rules_are_comparable() -> None:
    assert why_not_comparable(RULE, SplitRule.model_validate_json(RULE.model_dump_json())) is None


@pytest.mark.parametrize(
    ("its", "ours", "reason"),
    [
        (None, RULE, "is not known"),
        (None, None, "is not known"),
        (RULE, None, "the dataset does not record"),
        (
            RULE,
            changed(shares={"train": 0.6, "test": 0.4}),
            "shares 0.8 / 0.1 / 0.1, and this one by 0.6 / 0 / 0.4. Make",
        ),
        (
            RULE,
            changed(columns=columns("a", "b", "c", "d")),
            "this one's rule also has 'd', and a row's split follows from all columns of its source that the label",
        ),
        (RULE, changed(columns=columns("a")), "its rule also has 'b', 'c', and a row's"),
        (RULE, changed(columns=columns("a", "c", "b")), "its columns have another order. Make"),
        (
            RULE,
            changed(columns=[*columns("a", "b"), SplitColumn(name="c", null_values=[""])]),
            "other null values in 'c'. Make",
        ),
        (RULE, changed(text_options={"encoding": "latin-1"}), "their sources differ in 'encoding'. Make"),
        (RULE, changed(by="key"), "by whole rows and this one by the split_key 'a', 'b', 'c'. Make"),
        (changed(by="key"), RULE, "by the split_key 'a', 'b', 'c' and this one by whole rows. Make"),
        (RULE, changed(hash=RULE.hash + 1), "by an earlier release. Make"),
        (
            changed(by="key"),
            changed(by="key", columns=columns("a")),
            "split_key 'a', 'b', 'c' and this one by the split_key 'a'. Make",
        ),
        (changed(hash=RULE.hash + 1), RULE, "by a later release. Make"),
        (RULE, changed(columns=columns(*"abcdefghij")), "has 'd', 'e', 'f', 'g', 'h' and 2 more, and"),
    ],
)
def test_what_differs_is_named_with_the_remedy(its: SplitRule | None, ours: SplitRule | None, reason: str) -> None:
    found = why_not_comparable(its, ours)
    assert found is not None
    assert re.search(re.escape(reason), found), found
