from __future__ import annotations

import tensorflow as tf

from contracts.expressions import ZoneRules
from modeling.layers.expressions.zone_offsets import ZoneOffsets

RULES = ZoneRules(name="X/Y", tz_version="2025b", transitions=[1000, 9000], offsets=[0, 600, 0])


def test_offsets_of_instants_and_of_wall_times() -> None:
    offsets = ZoneOffsets(RULES)
    instants = tf.constant([999, 1000, 8999, 9000], tf.int64)
    walls = tf.constant([1000, 1599, 1600, 9000, 9599, 9600], tf.int64)
    assert offsets.of_instants(instants).numpy().tolist() == [0, 600, 600, 0]
    assert offsets.of_wall_times(walls).numpy().tolist() == [0, 0, 600, 600, 600, 0]
