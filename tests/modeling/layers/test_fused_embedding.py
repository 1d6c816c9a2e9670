from __future__ import annotations

import numpy as np
import tensorflow as tf

from modeling.layers.fused_embedding import FusedEmbedding


def test_each_feature_has_rows_of_its_own() -> None:
    layer = FusedEmbedding([2, 3], 1)
    layer.table.assign(np.arange(5, dtype=np.float32)[:, np.newaxis])
    found = layer(tf.constant([[0, 0], [1, 2]], tf.int64))
    assert found.numpy().tolist() == [[[0.0], [2.0]], [[1.0], [4.0]]]
