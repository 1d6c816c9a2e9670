"""Groups are counted in buckets of hashes as in one dictionary."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dataset.data_folder import DataFolder
from contracts.storage import Storage
from preprocessing.assignment.groups import merge
from preprocessing.assignment.groups.collect import GroupFile, joined
from preprocessing.assignment.groups.merge import bucket_count, merge_bucket, merged


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 2, 4])), max_size=60), max_size=5),
    st.integers(1, 7),
)
def test_buckets_count_as_a_dictionary_does(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[int, int]]], buckets: int
) -> None:
    spread = np.random.default_rng(0).integers(0, 2**64, 41, np.uint64)
    spread[:2] = 0, 2**64 - 1
    expected: dict[int, int] = defaultdict(int)
    folder = DataFolder(Storage(str(tmp_path_factory.mktemp("groups"))), "d", "job-1")
    folder.create()
    files: list[GroupFile] = []
    for number, part in enumerate(parts):
        hashes, splits = joined(
            [(np.array([spread[key]], np.uint64), np.array([split], np.uint8)) for key, split in part]
            or [(np.zeros(0, np.uint64), np.zeros(0, np.uint8))]
        )
        for key, split in part:
            expected[int(spread[key])] |= split
        with folder.files.open_output(f"groups-{number}") as stream:
            stream.write(hashes.tobytes())
            stream.write(splits.tobytes())
        files.append(GroupFile(f"groups-{number}", len(hashes)))
    groups = merged([merge_bucket(folder, files, buckets, bucket) for bucket in range(buckets)])
    divided = {key: splits for key, splits in expected.items() if splits.bit_count() > 1}
    assert (groups.groups, groups.divided) == (len(expected), len(divided))
    assert groups.shown.items() <= divided.items()
    assert len(groups.shown) == min(len(divided), merge.SHOWN)


def test_buckets_are_as_many_as_groups_ask_for() -> None:
    assert bucket_count([]) == 1
    assert bucket_count([GroupFile("a", merge.GROUPS_PER_BUCKET), GroupFile("b", 1)]) == 2
