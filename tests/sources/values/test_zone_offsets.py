from __future__ import annotations

import numpy as np

from contracts.expressions import ZoneRules
from sources.values.zone_offsets import ZoneOffsets

OFFSETS = ZoneOffsets(ZoneRules(name="X/Y", tz_version="2025b", transitions=[1000, 9000], offsets=[0, 600, 0]))


def test_offsets_of_instants_change_with_the_transition() -> None:
    assert OFFSETS.of_instants(np.array([999, 1000, 8999, 9000])).tolist() == [0, 600, 600, 0]


def test_skipped_and_repeated_wall_times_have_the_offset_before() -> None:
    assert OFFSETS.of_wall_times(np.array([1000, 1599, 1600, 9000, 9599, 9600])).tolist() == [0, 0, 600, 600, 600, 0]
