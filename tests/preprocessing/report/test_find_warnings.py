"""Warnings about a dataset as a whole: none about ordinary data, and the worst first."""

from __future__ import annotations

from typing import Any

import pytest
from tests.preprocessing.described import Split, manifest_of, statistics_of
from tests.preprocessing.report.one_column import LABEL, NUMBER, ROWS, TOKEN, noise, only, tokens, warnings_of

from contracts.dataset.manifest import LeftOut
from contracts.schema import Feature, Hashed, SplitName
from preprocessing.report.find_warnings import find_warnings


@pytest.mark.parametrize(("make", "feature"), [(noise, NUMBER), (tokens, TOKEN), (tokens, Hashed(buckets=10))])
def test_ordinary_columns_are_not_warned_of(make: Any, feature: Feature) -> None:
    for seed in range(0, 40, 4):
        with_missing = [None if at % 7 == 0 else value for at, value in enumerate(make(seed))]
        others: dict[SplitName, list[Any]] = {"validation": make(seed + 1), "test": make(seed + 2)}
        assert warnings_of(make(seed + 3), feature, others) == []
        assert warnings_of(with_missing, feature) == []


def test_rejected_rows() -> None:
    found = only(warnings_of(noise(1), NUMBER, left_out=LeftOut(without_label=500, rejected=25)))
    assert (found.kind, found.numbers) == ("rejected rows", {"rejected": 25, "rows": 2525})


def test_the_worst_come_first() -> None:
    splits: dict[SplitName, Split] = {
        "train": {
            "rare": [float(at % 500 == 0) for at in range(ROWS)],
            "empty": [None] * ROWS,
            "label": LABEL,
        }
    }
    features: dict[str, Feature] = {"rare": NUMBER, "empty": NUMBER}
    statistics = statistics_of(splits, features)
    found = find_warnings(manifest_of("d", statistics, features), statistics)
    assert [each.severity for each in found] == ["serious", "note"]


def test_rejected_rows_are_a_share_of_all_rows_that_were_read() -> None:
    left_out = LeftOut(without_label=100, filtered=300, rejected=50, unknown_class=0)
    found = only(warnings_of(noise(1), NUMBER, left_out=left_out))
    assert found.numbers == {"rejected": 50, "rows": ROWS + 450}
    assert "50 of 2,450 rows" in found.message


def test_unknown_classes_are_a_share_of_the_other_splits() -> None:
    found = warnings_of(noise(1), NUMBER, {"test": noise(2)}, left_out=LeftOut(without_label=0, unknown_class=40))
    assert (only(found).kind, found[0].numbers) == ("unknown classes", {"unknown": 40, "rows": ROWS + 40})


def test_without_a_training_row_only_the_split_is_warned_of() -> None:
    splits = {"time": {"column": "ts", "test_from": 2013}}
    found = only(warnings_of([], NUMBER, {"test": noise(2)}, request={"splits": splits}))
    assert (found.kind, found.severity, found.split) == ("split size", "serious", "train")
