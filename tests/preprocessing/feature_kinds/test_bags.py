"""Lists of tokens to lists of ids."""

from __future__ import annotations

import numpy as np

from contracts.features import Categorical, Hashed, Many
from preprocessing.feature_kinds.bags import bag_inputs
from preprocessing.vocabularies.runs import StagedRows
from preprocessing.vocabularies.staged_lists import StagedLists


def test_ids_of_lists_are_one_above_and_a_missing_list_is_1() -> None:
    lists = StagedLists(np.array([0, 1, -1], np.int32), np.array([2, -1, 0, 1], np.int64))
    rows = StagedRows(np.ones(4, np.uint8), np.zeros(4, np.float32), {}, {}, {}, lists={"l": lists, "h": lists})
    ids = {"l": np.array([5, 7, 0]), "h": np.array([3, 4, 0])}
    inputs = bag_inputs({"l": Categorical(many=Many()), "h": Hashed(buckets=40, many=Many())}, rows, ids)
    assert inputs["l"].to_pylist() == [[6, 8], [1], [], [2]]
    assert inputs["h"].to_pylist() == [[4, 5], [1], [], [25]]
