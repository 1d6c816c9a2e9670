from __future__ import annotations

import pytest

from modeling.protocols.triton_extensions import index_entry


@pytest.mark.parametrize(
    ("state", "fault", "shown", "reason"),
    [
        ("AVAILABLE", "", "READY", ""),
        ("LOADING", "", "LOADING", ""),
        ("START", "", "UNAVAILABLE", "not loaded: it is once it is first requested"),
        ("END", "the files are damaged", "UNAVAILABLE", "the files are damaged"),
    ],
)
def test_states_in_tritons_words(state: str, fault: str, shown: str, reason: str) -> None:
    assert index_entry("m", 3, state, fault) == {"name": "m", "version": "3", "state": shown, "reason": reason}
