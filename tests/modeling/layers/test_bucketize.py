from __future__ import annotations

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.input_rules import BucketInput
from modeling.layers.bucketize import BucketizeNumbers
from preprocessing.feature_kinds.number_inputs import bucket

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
BOUNDS = st.lists(FINITE, max_size=8, unique=True).map(sorted)
FILL = st.one_of(st.none(), FINITE)


@settings(max_examples=60)
@given(values=st.lists(st.floats(width=32), max_size=20), bounds=st.tuples(BOUNDS, BOUNDS), fill=st.tuples(FILL, FILL))
def test_gives_the_ids_that_spark_writes(
    values: list[float], bounds: tuple[list[float], list[float]], fill: tuple[float | None, float | None]
) -> None:
    values += [*bounds[0], *bounds[1], 1e-40, -1e-40]
    rules = [BucketInput(f"{at}", fill[at], tuple(bounds[at])) for at in range(2)]
    column = np.array(values, np.float32)
    found = tf.function(BucketizeNumbers(rules))(tf.constant(np.stack([column, column], axis=1))).numpy()
    column[~np.isfinite(column)] = np.nan
    assert found.dtype == np.int64
    for at, rule in enumerate(rules):
        assert found[:, at].tolist() == bucket(column, rule).tolist()


def test_no_bounds_and_no_rows() -> None:
    layer = BucketizeNumbers([BucketInput("x", None, ())])
    assert layer(tf.constant([[5.0], [float("nan")]])).numpy().tolist() == [[1], [0]]
    assert layer(tf.zeros([0, 1])).shape == (0, 1)
