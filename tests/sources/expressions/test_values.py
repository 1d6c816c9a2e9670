from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.expressions import ResultType
from sources.expressions.values import from_arrow, to_arrow, without_subnormals


def test_subnormal_doubles_are_zeros_of_their_sign() -> None:
    doubles = np.array([5e-324, -1e-310, 2.0**-1022, -(2.0**-1022), 2.3e-308, np.nan, -np.inf])
    assert [x.hex() for x in without_subnormals(doubles).tolist()] == [
        x.hex() for x in [0.0, -0.0, 0.0, -0.0, 2.3e-308, float("nan"), float("-inf")]
    ]


def test_arrays_survive_and_results_are_finite() -> None:
    doubles = pa.array([1.5, None, float("nan"), float("inf")])
    assert to_arrow(from_arrow(doubles, "double"), "double").to_pylist() == [1.5, None, None, None]
    arrays: dict[ResultType, pa.Array] = {
        "integer": pa.array([2**63 - 1, None]),
        "boolean": pa.array([True, None, False]),
        "text": pa.array([b"\xff", None], pa.binary()),
    }
    for kind, array in arrays.items():
        assert to_arrow(from_arrow(array, kind), kind).equals(array)
