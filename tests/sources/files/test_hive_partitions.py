"""Columns in the names of folders."""

from __future__ import annotations

import pytest

from sources.files.hive_partitions import MISSING, partition_values


@pytest.mark.parametrize(
    ("folders", "values"),
    [
        (["data", "year=2026", "month=3"], {"year": "2026", "month": "3"}),
        (["a%20b%2Fc=%C3%A4%3D"], {"a b/c": "ä="}),
        (["x=1=2"], {"x": "1=2"}),
        (["x="], {"x": ""}),
        (["=1", "=", "x"], {}),
        ([f"x={MISSING}", "y=null"], {"x": None, "y": "null"}),
        (["x=1", "y=2", "x=3"], {"x": "3", "y": "2"}),
        ([], {}),
    ],
)
def test_names_of_folders_become_values(folders: list[str], values: dict[str, str | None]) -> None:
    found = partition_values(folders)
    assert found == values
    assert list(found) == list(values), "outermost first"


def test_a_missing_value_is_known_before_it_is_decoded() -> None:
    assert partition_values([f"x=%5F{MISSING[1:]}"]) == {"x": MISSING}
