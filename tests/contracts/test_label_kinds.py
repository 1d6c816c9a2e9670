from typing import get_args

import pytest

from contracts.label_kinds import LabelKind, label_traits


@pytest.mark.parametrize("kind", get_args(LabelKind))
def test_a_label_is_a_class_or_has_a_mean(kind: LabelKind) -> None:
    traits = label_traits(kind)
    assert traits.has_classes != traits.has_mean
    assert not (traits.is_number and traits.is_binary)


def test_what_records_and_metrics_ask_of_each_kind() -> None:
    assert label_traits("binary").is_binary
    assert label_traits("multiclass").has_classes
    assert label_traits("regression").is_number
    assert [label_traits(kind).constant_metric for kind in get_args(LabelKind)] == ["AUC", "AUC", "R²"]
