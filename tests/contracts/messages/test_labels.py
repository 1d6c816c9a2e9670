"""Requests that move a label: to a version that exists at all, and past a gate only if they say so."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.messages.labels import LabelList, LabelRequest


def test_a_gate_is_kept_unless_the_request_says_otherwise() -> None:
    assert LabelRequest(version=3) == LabelRequest(version=3, despite_gate=False)
    for message in (LabelRequest, LabelList):
        for example in message.model_json_schema()["examples"]:
            assert message.model_validate(example).model_dump(exclude_unset=True) == example


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Field required"),
        ({"version": 0}, "greater than or equal to 1"),
        ({"version": "3"}, "valid integer"),
        ({"version": 3, "despite_gate": 1}, "valid boolean"),
        ({"version": 3, "force": True}, "Extra"),
    ],
)
def test_a_request_that_cannot_be_is_refused(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LabelRequest.model_validate(body)
