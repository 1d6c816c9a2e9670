"""Metrics: the tables by kind of label agree with the messages that carry them."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.label_kinds import LABEL_KINDS, label_traits
from contracts.messages.metrics import (
    HIGHER_IS_BETTER,
    METRIC_NAMES,
    TITLES,
    BinaryMetrics,
    MetricName,
    Metrics,
    MulticlassMetrics,
    RegressionMetrics,
)

METRICS: TypeAdapter[Any] = TypeAdapter(Metrics)


@pytest.mark.parametrize("message", [BinaryMetrics, MulticlassMetrics, RegressionMetrics])
def test_a_message_has_the_metrics_of_its_kind_of_label_and_they_may_be_undefined(message: type[Any]) -> None:
    kind = message.model_fields["kind"].default
    names = label_traits(kind).metrics
    assert set(message.model_fields) - {"kind", "rows", "zero_labels"} == set(names)
    undefined = {"kind": kind, "rows": 0, **dict.fromkeys(names)}
    found = METRICS.validate_python(undefined)
    assert type(found) is message
    assert METRICS.validate_json(found.model_dump_json()) == found
    with pytest.raises(ValidationError, match="finite"):
        METRICS.validate_python({**undefined, names[0]: float("nan")})


def test_every_metric_has_a_direction_and_a_kind_of_label() -> None:
    assert get_args(MetricName) == METRIC_NAMES == tuple(HIGHER_IS_BETTER) == tuple(TITLES)
    assert set(METRIC_NAMES) == {name for kind in LABEL_KINDS for name in label_traits(kind).metrics}
    losses = {name for name, higher in HIGHER_IS_BETTER.items() if not higher}
    assert losses == {"log_loss", "brier", "ece", "mae", "rmse", "mape"}


def test_every_kind_of_label_has_a_decisive_metric_of_its_own() -> None:
    assert all(label_traits(kind).decisive in label_traits(kind).metrics for kind in LABEL_KINDS)
