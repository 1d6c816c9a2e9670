"""Lists of tokens to lists of ids."""

from __future__ import annotations

import numpy as np

from contracts.features import Categorical, Hashed, Many
from preprocessing.feature_kinds.bags import bag_ids
from preprocessing.vocabularies.staged_lists import StagedLists


def test_ids_of_lists_are_one_above_and_a_missing_list_is_1() -> None:
    lists = StagedLists(np.array([0, 1, -1], np.int32), np.array([2, -1, 0, 1], np.int64))
    learned = bag_ids(Categorical(many=Many()), lists, np.array([5, 7, 0]))
    assert learned.to_pylist() == [[6, 8], [1], [], [2]]
    hashed = bag_ids(Hashed(buckets=40, many=Many()), lists, np.array([3, 4, 0]))
    assert hashed.to_pylist() == [[4, 5], [1], [], [25]]
