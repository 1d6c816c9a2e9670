from __future__ import annotations

import pytest

from contracts.expressions import ZoneRules


def rules(**changes: object) -> ZoneRules:
    return ZoneRules.model_validate(
        {"name": "X/Y", "tz_version": "2025b", "transitions": [100, 200], "offsets": [0, 60, 0], **changes}
    )


def test_wall_times_up_to_which_an_offset_holds() -> None:
    assert rules().wall_transitions == [160, 260]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"offsets": [0]}, "one offset more"),
        ({"transitions": [200, 100]}, "ascend"),
        ({"offsets": [0, 90_000, 0]}, "less than a day"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rules(**changes)
