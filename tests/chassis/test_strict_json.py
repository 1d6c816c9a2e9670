from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.strict_json import dumps, reply_bytes


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    )
)
def test_json_is_strict_for_any_value(value: Any):
    for text in (dumps(value), reply_bytes(value).decode()):
        json.loads(text, parse_constant=pytest.fail)


def test_what_json_has_no_word_for_is_an_error():
    with pytest.raises(TypeError):
        dumps({"a": object()})
