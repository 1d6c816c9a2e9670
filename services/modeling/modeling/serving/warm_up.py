"""Before a version takes traffic it answers rows like those to come, in every batch size that it may be given.

The first call of each size is slow: TensorFlow optimizes the graph, makes its kernels and finds memory for them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from modeling.feature_kinds.raw_values import RawValues
from modeling.serving.load_throttle import give_way
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, TRANSFORM_SIGNATURE, Signature

_LARGEST = 1024
"""Batches larger than those made here come from clients; a power of two up to this size is near enough to each."""
_MOST_VALUES = 1 << 18
"""Values of one batch, rows times columns: of a table with more than 256 columns, only powers of two up to it are made."""


def warm_up(signatures: Mapping[str, Signature], rows: RawValues, batch_rows: int) -> None:
    """Have the packed signatures answer: the default one in every size up to `batch_rows`, all in powers of two past that.

    Of wide tables in fewer sizes. `rows`: raw values of one row at least; they are repeated where they are fewer than a batch.
    """
    columns = sum(matrix.shape[1] for matrix in rows.matrices)
    largest = max(1, min(_LARGEST, _MOST_VALUES // max(columns, 1)))
    powers = [2**exponent for exponent in range(largest.bit_length())]
    every = range(1, batch_rows + 1) if largest == _LARGEST else ()
    for name in (DEFAULT_SIGNATURE, TRANSFORM_SIGNATURE):
        sizes = {*every, *powers} if name == DEFAULT_SIGNATURE else powers
        for size in sorted(sizes):
            signatures[name].call(*rows.take(np.arange(size) % rows.rows))
            give_way()
    for size in powers:
        without_features = np.full((size, 1), b"", object)  # all features are missing
        signatures["examples"].call(rows.numeric[:0], without_features)
        give_way()


def made_rows(signature: Signature) -> RawValues:
    """Make rows for a version without warm-up rows: all values missing, all present, and every second one missing."""
    width, depth = len(signature.fields.numeric_at), len(signature.fields.categorical_at)
    numeric = np.array(
        [[np.nan] * width, [1.0] * width, [np.nan if index % 2 else 0.0 for index in range(width)]], np.float32
    )
    tokens = np.full((3, depth), b"", object)
    tokens[1], tokens[2, ::2] = b"a", b"0"
    return RawValues(numeric.reshape(3, width), tokens, signature.fields.integers.matrix(3, {}, lambda name, _: name))
