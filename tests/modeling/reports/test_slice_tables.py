from __future__ import annotations

from dataclasses import replace

import pytest
from tests.modeling.reports.made_versions import made_version

from contracts.label_kinds import LABEL_KINDS, LabelKind, label_traits
from modeling.reports.slice_tables import SHOWN, rank_slices, slice_table


@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_the_worst_is_first_by_what_is_certain(kind: LabelKind) -> None:
    made = made_version(kind)
    traits = label_traits(kind)
    ranked = rank_slices(made.detail.slices, traits, made.manifest.result.evaluation.test)
    assert ranked is not None
    assert ranked.whole == getattr(made.manifest.result.evaluation.test, traits.decisive)
    first = ranked.slices[0]
    assert (first.group, first.verdict) == ("the token of a slice that is worse", "worse")
    assert [found.worse for found in ranked.slices] == sorted((found.worse for found in ranked.slices), reverse=True)
    assert all(found.difference == pytest.approx(found.value - ranked.whole) for found in ranked.slices)
    assert (len(ranked.slices), ranked.too_small) == (6, 1)


def test_where_more_is_better_the_lower_slice_is_the_worse() -> None:
    made = made_version()
    ranked = rank_slices(
        made.detail.slices, replace(label_traits("binary"), decisive="accuracy"), made.manifest.result.evaluation.test
    )
    assert ranked is not None
    assert ranked.slices[0].group == "the token of a slice that is worse"
    assert ranked.slices[0].difference < 0
    assert ranked.slices[0].verdict == "worse"


def test_more_slices_than_are_shown_are_counted() -> None:
    made = made_version()
    many = made.detail.slices * 4
    ranked = rank_slices(many, label_traits("binary"), made.manifest.result.evaluation.test)
    assert ranked is not None
    assert (len(ranked.slices), ranked.more) == (SHOWN, 24 - SHOWN)


def test_without_a_metric_of_the_whole_nothing_is_ranked() -> None:
    made = made_version()
    test = made.manifest.result.evaluation.test.model_copy(update={"log_loss": None})
    assert rank_slices(made.detail.slices, label_traits("binary"), test) is None
    assert rank_slices([], label_traits("binary"), made.manifest.result.evaluation.test) is None


def test_each_group_has_its_metrics() -> None:
    made = made_version("regression")
    table = slice_table(made.detail.slices[0], label_traits("regression"))
    assert table["metrics"] == ["mean absolute error", "root mean squared error", "R²"]
    assert [group["name"] for group in table["groups"]][-2:] == ["missing", "out of vocabulary"]
    assert [group["is_value"] for group in table["groups"]] == [True] * 5 + [False] * 2
