from __future__ import annotations

from typing import Any

import pytest

from preprocessing.proposals.lists.array_lists import array_lists
from sources.values.sampled_tokens import json_tokens
from sources.vectors.sampled_numbers import json_numbers


@pytest.mark.parametrize(
    ("values", "options", "kind"),
    [
        ([["a"], ["b", "c"]], {"kind": "categorical", "many": {}}, "list"),
        ([["a"], ["b"] * 30], {"kind": "categorical", "many": {"max": 60}}, "list"),
        ([["a|b"], ["b", "c;d"]], {"kind": "categorical", "many": {"separator": ","}}, "list"),
        ([[1, 2], [3, 4]], {"kind": "numeric", "shape": [2]}, "vector"),
        ([[1.5], [3, 4]], {"kind": "numeric", "many": {}}, "list"),
        ([[1], [3, 4]], {"kind": "categorical", "many": {}}, "list"),
        ([[1], [3] * 60], {"kind": "categorical", "many": {"max": 120}}, "list"),
        ([[1], [3] * 2000], {"kind": "categorical", "many": {"max": 1000}}, "list"),
    ],
)
def test_a_feature_for_arrays(values: list[Any], options: dict[str, Any], kind: str) -> None:
    proposed = array_lists("x", json_numbers(values), json_tokens(values))
    assert proposed.options == options
    assert (proposed.flag.column, proposed.flag.kind) == ("x", kind)


def test_tokens_that_no_separator_fits_and_lists_that_are_too_long_are_said() -> None:
    values = [["a|b", "c;d", "e,f", "g\x1fh"], ["x"] * 1500]
    proposed = array_lists("x", json_numbers(values), json_tokens(values))
    assert proposed.options == {"kind": "categorical", "many": {"max": 1000}}
    assert "take one for many.separator that none holds" in proposed.flag.reason
    assert "up to 1500 tokens, and 1000 is the most" in proposed.flag.reason
    assert proposed.flag.evidence == {"lists": 2, "longest": 1500, "different": 5, "separator": None}
