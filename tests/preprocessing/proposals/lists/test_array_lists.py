from __future__ import annotations

from typing import Any

import pytest

from preprocessing.proposals.lists.array_lists import array_lists
from sources.vectors.sampled_numbers import json_numbers


@pytest.mark.parametrize(
    ("values", "options", "kind"),
    [
        ([["a"], ["b", "c"]], {"kind": "categorical", "many": {}}, "list"),
        ([[1, 2], [3, 4]], {"kind": "numeric", "shape": [2]}, "vector"),
        ([[1.5], [3, 4]], {"kind": "numeric", "many": {}}, "list"),
        ([[1], [3, 4]], {"kind": "categorical", "many": {}}, "list"),
        ([[1], [3] * 60], {"kind": "categorical", "many": {"max": 120}}, "list"),
        ([[1], [3] * 2000], {"kind": "categorical", "many": {"max": 1000}}, "list"),
    ],
)
def test_a_feature_for_arrays(values: list[Any], options: dict[str, Any], kind: str) -> None:
    proposed = array_lists("x", json_numbers(values))
    assert proposed.options == options
    assert (proposed.flag.column, proposed.flag.kind) == ("x", kind)
