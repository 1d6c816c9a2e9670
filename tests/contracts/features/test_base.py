"""What a kind of feature is unless it says more: one column, no indicator, no vocabulary, no conflict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest
from pydantic import ValidationError

from contracts.features.base import ColumnFeature, ColumnType, ValueType


class Plain(ColumnFeature):
    """A kind with only what every kind must have."""

    column_type: ClassVar[ColumnType] = "number"

    @property
    def value_type(self) -> ValueType:
        return "float64"

    def number_inputs(self, name: str) -> list[str]:
        return [name]

    def id_inputs(self, name: str) -> list[str]:
        del name
        return []

    def id_sizes(self, name: str, vocabularies: Mapping[str, int], buckets: Mapping[str, int]) -> list[int]:
        del name, vocabularies, buckets
        return []


def test_a_plain_kind_adds_nothing_to_its_column() -> None:
    plain = Plain(null_values=["NA"])
    assert plain.with_type("int64") is plain
    assert list(plain.conflicts(["NA"])) == []
    assert plain.indicator_inputs("a") == []
    assert plain.vocabulary is None
    assert plain.wanted_quantiles == []
    assert plain.limits_extremes


def test_null_tokens_are_text() -> None:
    assert Plain().null_values == []
    with pytest.raises(ValidationError, match="valid string"):
        Plain.model_validate({"null_values": [-999]})


def test_a_kind_must_say_how_its_column_is_read() -> None:
    with pytest.raises(TypeError, match="abstract"):
        ColumnFeature()  # pyright: ignore[reportAbstractUsage]  # that is what must fail
