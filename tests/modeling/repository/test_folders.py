"""Folders of models: which names and numbers count."""

from __future__ import annotations

import pytest

from contracts.storage import Storage
from modeling.repository.folders import folder_numbers, version_folder, version_numbers


def test_only_whole_numbers_are_versions_and_only_with_a_manifest(storage: Storage) -> None:
    for name in ("1", "10", "2", "03", "-4", "five", "٦", ".7", "labels"):
        storage.write(f"models/m/{name}/tandem.json", b"{}")
    storage.write("models/m/11/saved_model.pb", b"")
    storage.write("models/empty/labels/00000001.json", b"{}")
    assert sorted(folder_numbers(storage, "m")) == [1, 2, 10, 11]
    assert version_numbers(storage, "m") == [1, 2, 10]
    assert storage.exists(version_folder("m", 10))


@pytest.mark.parametrize("name", ["..", "../datasets", ".hidden", "", "a b", "x"])
def test_names_that_are_no_models(storage: Storage, name: str) -> None:
    assert version_numbers(storage, name) == folder_numbers(storage, name) == []
