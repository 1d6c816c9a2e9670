"""The offsets of a time zone, looked up by binary search."""

from __future__ import annotations

import tensorflow as tf

from contracts.expressions import ZoneRules


class ZoneOffsets:
    """Offsets of a zone. Times and offsets are int64 [rows], in seconds."""

    def __init__(self, rules: ZoneRules) -> None:
        self._transitions = tf.constant(rules.transitions, tf.int64)
        self._wall_transitions = tf.constant(rules.wall_transitions, tf.int64)
        self._offsets = tf.constant(rules.offsets, tf.int64)

    def of_instants(self, seconds: tf.Tensor) -> tf.Tensor:
        """Return the offset of each instant, in seconds since 1970 in UTC."""
        return tf.gather(self._offsets, tf.searchsorted(self._transitions, seconds, side="right"))

    def of_wall_times(self, seconds: tf.Tensor) -> tf.Tensor:
        """Return the offset of each wall time: the earlier of two, and that before the gap of one that was skipped."""
        return tf.gather(self._offsets, tf.searchsorted(self._wall_transitions, seconds, side="right"))
