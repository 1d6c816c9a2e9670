"""Names of array types hold what they say."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from sources import arrays

UNIONS = {"Floats"}
NAMES = [name for name in vars(arrays) if name.endswith("s") and name[0].isupper() and name not in UNIONS]


@pytest.mark.parametrize("name", NAMES)
def test_an_array_type_is_named_by_its_elements(name: str) -> None:
    _, dtype = get_args(getattr(arrays, name))
    (element,) = get_args(dtype)
    assert np.dtype(element).name == name.removesuffix("s").lower()


def test_floats_are_of_either_width() -> None:
    assert get_args(arrays.Floats) == (arrays.Float32s, arrays.Float64s)
