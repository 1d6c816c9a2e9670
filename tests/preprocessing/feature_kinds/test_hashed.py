"""Ids of hashed features: one plus the fingerprint modulo the buckets, 0 for missing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.runs import counted, staged

from contracts.dataset.data_folder import DataFolder
from contracts.input_rules import NumberRules
from contracts.schema import Hashed
from contracts.storage import Storage
from preprocessing.feature_kinds.base import RunTokens
from preprocessing.feature_kinds.hashed import HashedFeatures
from preprocessing.kernels.fingerprint import fingerprint

FOLDER = DataFolder(Storage("/nowhere"), "d", "job-1")
TOKEN = st.one_of(st.none(), st.sampled_from([b"", b"a", b"b"]), st.binary(max_size=9))


def hashed(token: bytes, buckets: int) -> int:
    data = np.frombuffer(token, np.uint8)
    return 1 + int(fingerprint(data.ctypes.data, len(token))) % buckets


@settings(max_examples=60)
@given(tokens=st.lists(TOKEN, min_size=1, max_size=12), buckets=st.sampled_from([1, 3, 2_000_000_000]))
def test_ids_are_hashes_and_need_no_file(tokens: list[bytes | None], buckets: int) -> None:
    run, numbers = counted(tokens)
    kind = HashedFeatures({"h": Hashed(buckets=buckets)})
    ids = kind.token_ids(RunTokens(FOLDER, 0, {"h": run}, {}))
    inputs = kind.model_inputs(staged({}, {"h": numbers}), NumberRules((), ()), ids)
    assert inputs["h"].type == pa.int64()
    assert inputs["h"].to_pylist() == [hashed(token, buckets) if token else 0 for token in tokens]
