"""The offsets of a time zone, looked up by binary search."""

from __future__ import annotations

import numpy as np

from contracts.expressions import ZoneRules
from sources.arrays import Int64s


class ZoneOffsets:
    """Offsets of a zone. Times and offsets are int64 [rows], in seconds."""

    def __init__(self, rules: ZoneRules) -> None:
        self._transitions = np.array(rules.transitions, np.int64)
        self._wall_transitions = np.array(rules.wall_transitions, np.int64)
        self._offsets = np.array(rules.offsets, np.int64)

    def of_instants(self, seconds: Int64s) -> Int64s:
        """Return the offset of each instant, in seconds since 1970 in UTC."""
        return self._offsets[np.searchsorted(self._transitions, seconds, side="right")]

    def of_wall_times(self, seconds: Int64s) -> Int64s:
        """Return the offset of each wall time: the earlier of two, and that before the gap of one that was skipped."""
        return self._offsets[np.searchsorted(self._wall_transitions, seconds, side="right")]
