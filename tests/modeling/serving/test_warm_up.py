"""The calls that a version answers before it takes traffic, and rows for a version that keeps none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modeling.decoding.raw_fields import Fields
from modeling.feature_kinds.raw_values import RawValues
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, Outputs, Signature
from modeling.serving.warm_up import made_rows, warm_up

POWERS = [2**exponent for exponent in range(11)]


class Asked:
    """A signature's call, which remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, Any]] = []

    def __call__(self, numeric: Any, tokens: Any, integers: None = None) -> Outputs:
        assert integers is None
        self.calls.append((numeric, tokens))
        return {}

    @property
    def sizes(self) -> list[int]:
        return [len(tokens) for _, tokens in self.calls]


def warmed(rows: RawValues, batch_rows: int) -> dict[str, Asked]:
    asked = {name: Asked() for name in (DEFAULT_SIGNATURE, "transform", "examples")}
    warm_up({name: Signature(Fields([], [], []), call) for name, call in asked.items()}, rows, batch_rows)
    return asked


def rows_of(count: int) -> RawValues:
    return RawValues(np.arange(count, dtype=np.float32).reshape(-1, 1), np.full((count, 2), b"t", object))


@pytest.mark.parametrize("batch_rows", [1, 5, 64])
def test_every_size_that_a_batch_may_have_is_asked_once(batch_rows: int) -> None:
    asked = warmed(rows_of(3), batch_rows)
    assert asked[DEFAULT_SIGNATURE].sizes == sorted({*range(1, batch_rows + 1), *POWERS})
    assert asked["transform"].sizes == asked["examples"].sizes == POWERS


def test_wide_tables_are_asked_fewer_rows() -> None:
    wide = RawValues(np.zeros((3, 2000), np.float32), np.full((3, 48), b"t", object))
    asked = warmed(wide, 64)
    assert [asked[name].sizes for name in asked] == [[1, 2, 4, 8, 16, 32, 64, 128]] * 3


def test_few_rows_are_repeated_in_their_order() -> None:
    numeric, tokens = warmed(rows_of(3), 8)[DEFAULT_SIGNATURE].calls[7]
    assert numeric[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert tokens.shape == (8, 2)


def test_examples_are_asked_without_features_of_which_all_is_missing() -> None:
    for numeric, tokens in warmed(rows_of(3), 1)["examples"].calls:
        assert (numeric.shape, tokens.shape[1], {*tokens[:, 0]}) == ((0, 1), 1, {b""})


@pytest.mark.parametrize(("numbers", "tokens"), [(3, 2), (0, 2), (3, 0), (1, 1)])
def test_made_rows_have_all_values_missing_all_there_and_some(numbers: int, tokens: int) -> None:
    names = [f"n{at}" for at in range(numbers)] + [f"t{at}" for at in range(tokens)]
    fields = Fields(names[:numbers], names[numbers:], [])
    found = made_rows(Signature(fields, Asked()))
    assert (found.numeric.shape, found.tokens.shape) == ((3, numbers), (3, tokens))
    assert found.numeric.dtype == np.float32
    missing = np.concatenate([np.isnan(found.numeric), found.tokens == b""], axis=1)
    assert missing[0].all()
    assert not missing[1].any()
    assert not missing[2].all()
